/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ask_bench STATUS POLICY: asks the two sockets of a carom serve that runs, 5,000 times a second
 * each, and prints how long the answers took.
 */

#include "ask_client.h"

#include <pthread.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	static struct ask_client clients[2];
	pthread_t threads[2];

	if (argc != 3) {
		(void)fputs("usage: ask_bench STATUS POLICY\n", stderr);
		return 2;
	}
	for (int i = 0; i < 2; i++) {
		clients[i] =
		    (struct ask_client){ .path = argv[i + 1], .policy = i == 1, .any = true };
		(void)pthread_create(&threads[i], NULL, ask_run, &clients[i]);
	}
	for (int i = 0; i < 2; i++) {
		(void)pthread_join(threads[i], NULL);
	}
	ask_tell(&clients[0], "status");
	ask_tell(&clients[1], "policy");
	return clients[0].wrong + clients[1].wrong > 0;
}
