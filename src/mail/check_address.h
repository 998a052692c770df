/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_CHECK_ADDRESS_H
#define CAROM_MAIL_CHECK_ADDRESS_H

/*
 * The addresses of test messages (carom postfix check --try).  .invalid never has mail (RFC
 * 2606 section 2).  The policy service always refuses the one, so that the whole way, from a
 * client of Postfix to that answer and back, can be tried while nobody is suppressed.
 */

#define CHECK_DOMAIN  "carom-check.invalid"
#define CHECK_REFUSED "refused@" CHECK_DOMAIN

#endif
