/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DNS_NAME_H
#define CAROM_DNS_NAME_H

/*
 * Names and answers of the DNS (RFC 1035), and a book of answers.  Pure: bytes in, structs
 * out; asking is src/net/.  A name is text without a trailing dot, letters lowered; labels
 * are split at dots, so a dot inside a label (nobody has them) is written \. by the decoder.
 * Views borrow; what a book holds lives as long as the book.
 */

#include "base/buf.h"

#define DNS_NAME_MAX  253
#define DNS_LABEL_MAX 63

/* Names as text: each byte at most \DDD. */
#define DNS_TEXT_MAX ((size_t)4 * DNS_NAME_MAX + 8)

/*
 * The name as the book keeps it: no trailing dot, letters lowered, blanks, control and 8-bit
 * bytes as \DDD.  `out` holds DNS_TEXT_MAX bytes; the name must be valid.
 */
size_t name_present(struct sv name, char *out);
/* One byte of a label in that way; 1 or 4 bytes to `out`. */
size_t name_escape_byte(unsigned char c, char *out);
/* Labels of 1 to 63 bytes, 253 in all; one trailing dot is allowed. */
bool name_is_valid(struct sv name);
size_t name_labels(struct sv name);
/* The name without its first label; empty when there is only one. */
struct sv name_parent(struct sv name);
/* Is `name` `top` itself or below it?  Regardless of case. */
bool name_is_within(struct sv name, struct sv top);

/* An address: 4 or 16 bytes. */
struct ip {
	unsigned char b[16];
	unsigned n; /* 4 or 16; 0: none */
};

/* "192.0.2.1", "2001:db8::1"; an IPv4-mapped one becomes IPv4.  All of s or false. */
bool ip_read(struct sv s, struct ip *out);
void ip_print(const struct ip *ip, struct buf *out);
/* "1.2.0.192.in-addr.arpa" and the like. */
void ip_reverse_name(const struct ip *ip, struct buf *out);
bool ip_in_net(const struct ip *ip, const unsigned char *net, unsigned net_bytes, unsigned bits);

#endif
