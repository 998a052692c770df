/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_TEST_MESSAGES_H
#define CAROM_AUTH_TEST_MESSAGES_H

/*
 * Messages signed by others, and by another implementation with a key of our own: RFC 6376
 * appendix A, RFC 8463 appendix A, and four of shop.example; and the zone with their keys.
 */

#include "dns/test_zone.h"

#define BODY                                               \
	"Hi.\r\n\r\nWe lost the game. Are you hungry yet?" \
	"\r\n\r\nJoe.\r\n"

__attribute__((unused)) static const char rfc6376[] =
    "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
    "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
    "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
    "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
    "      4bmp/YzhwvcubU4=;\r\n"
    "Received: from client1.football.example.com  [192.0.2.1]\r\n"
    "      by submitserver.example.com with SUBMISSION;\r\n"
    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n" BODY;

__attribute__((unused)) static const char rfc8463[] =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n" BODY;

__attribute__((unused)) static const char simple_simple[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=shop.example;\r\n"
    " i=@shop.example; q=dns/txt; s=k1; t=1795568367; h=from : to : subject;\r\n"
    " bh=1yQa+3W6ZDWcEM7DS2DnefEDCuzzdyTvfJPwbf4ZFmc=;\r\n"
    " b=KZ1hYhO1AYqqwyFef6ID9pWTGOifZhEfsUjGr695S4lvU/pw+H7zbU74Y5bdx1b4a7WCo\r\n"
    " VT8KfNwkPl96nL09SC8RUhkaZ0ZKZrlaAZbvo06FFvSLuOwNRwQDC72HhS/9eeGPd4DluOu\r\n"
    " sg84vFmn9cODGGXjg82J6hKwJs7aGfvhCXYVjhymWk9H+v61A8nUZJVzwFiLUdVlt+d80rf\r\n"
    " 7hJOpCTrcM3fh+z4/73/RAIQGjdFVtdt63Yn4xdfp4w87aO5SOezbrFjjwdn/sVP6E+H5C7\r\n"
    " CNPW+syjyfIG6Iejdtopotoy+f6vf9q0JxXHapSoC+bQzTBizS8TQ7kw9rFw==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";
__attribute__((unused)) static const char relaxed_simple[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=shop.example;\r\n"
    " i=@shop.example; q=dns/txt; s=k1; t=1795568367; h=from : from : to :\r\n"
    " subject : list-unsubscribe : list-unsubscribe-post;\r\n"
    " bh=1yQa+3W6ZDWcEM7DS2DnefEDCuzzdyTvfJPwbf4ZFmc=;\r\n"
    " b=AAj16g4K7ZcqtJInv3FMFCCtpa0RxoQiHUMdHFhy4yAe8E+cbdhfjsNCLeb5UeRnGdlJz\r\n"
    " UBU/NEicrHbc5FW0WqDpW4T8SQiFrcMccemRr+qg5tu2Khlm+GF0a9mziwOL0UY6qB4Hapj\r\n"
    " fgmP+6PbfJG++Ikx9TEQ6kSs85Svw+OH3Xr2G/11ho5UVLr9nnF8n1hXviFuvKXvTcuWyoO\r\n"
    " mxwo82UuYc/08Xx5Ce1G4m+KcVhp1P/NwPG5UIZPEoDIg24NKI3gSp6pstYFgP6T95gDXYD\r\n"
    " mfcN7tglvOC8lgaDAlPolmHGkhHspwVM0XNUzOGcFwe6/rqUONQlu43fqRiQ==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";
__attribute__((unused)) static const char relaxed_relaxed[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example;\r\n"
    " i=@shop.example; q=dns/txt; s=k1; t=1795568367; h=from : from : to :\r\n"
    " subject : list-unsubscribe : list-unsubscribe-post;\r\n"
    " bh=DRS2HdZSjatOGsLz7kSpb9eNL9HtXXdB3+vF3JZO320=;\r\n"
    " b=Q8JSi/VcFAl/YgP/oeZ+YMevXYRNlAWzERrJksPHw7JhmHJXuOoNWbsFvr9CmlrfiXuji\r\n"
    " skLs6lWst76+TbrZ11wBac8cRk3H4uwC/ohUs4LIzyIaWTePTpWblGsdRdXucQXbiNyJHIx\r\n"
    " 3jlkcR6eJoClhC5V/aMffTPK+NmpwXRHUosI4tJH1fxGPEhYRC0zUNtKSdggenia9VIdXGt\r\n"
    " SyCkRqF78v7i/fmRs1GaGyWr/L34NaXzamlkmcHNbC5hxooBILn6k2me8IvxEhn5o4Zm1xp\r\n"
    " 9KoFsuLh52LYvceKpyXovMTB219+Ls+XBpdecNTHdf6GhIemD4Jfd5O92bOw==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";
__attribute__((unused)) static const char simple_relaxed_l[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=simple/relaxed; d=shop.example;\r\n"
    " i=@shop.example; l=22; q=dns/txt; s=k1; t=1795568367; h=from :\r\n"
    " subject; bh=DRS2HdZSjatOGsLz7kSpb9eNL9HtXXdB3+vF3JZO320=;\r\n"
    " b=Ca5rPZE1N1eVRFLlmX6YTNQFCxUrTD5LPC5eJRLC7kRtEeRdOZZmHKJUdwjGNXzUfUJL2\r\n"
    " HLbQDWza2TVIFp53eyX6ki7Fjk5PZe/eaQ+mdcFOWs8lOVbVRGTmSYfB0cgCAZ/kEUdH4YM\r\n"
    " 9aQYH5iFOiGHf06FeCr9ZlUPB/VvZQoc9HWgpqONVMpaT39OF7IEY9yGfP6EgcbqGj6Jyps\r\n"
    " Z4jJhdOesdn8/sPExySywOae6nLnnIx3GT7wXvyPDQiUoY6N8MNYWIoQ/sq2tvbxqG5uYKm\r\n"
    " s8RoH3H46QRrwXt5IWhuuBaBRT2XLZ9AMrsmJw5k+M/0Vh89etgCw30eD0sA==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";

#define OUR_KEY                                                                                 \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArLuYxY/"                                   \
	"R3kz43nchDc0CwpcCAj+v9b+kPxhlTyHwSGMFjZ"                                               \
	"7a3oLsoE+5owCsku0Z6E3pCcpB9uFZYqZOojW6QTuAmBPpGGcE91bSJLr1ynNGzRufOakltbwbAl1d/"       \
	"LdKDEsXJyNa"                                                                           \
	"7rdtMrFaIqPFMuTe47q6gw7Ph5zLhh+V0jg+KGNdSc1qWaiP32ETxxYo4vF2GRjdkRhnwRGbhwq8XKfPKszj/" \
	"CkNyK"                                                                                 \
	"BDdz/"                                                                                 \
	"wuDwPrPn8szRofIWwiqG5rwcUY6jkNYuqDyAXxEZEcGMq6LdOz6qFYlTlhkuIGpDFEskWGxNTSsKNf4KmzI9r" \
	"/iTzljBfDCZtrjzrG8JksJk3cQIDAQAB"

static const struct zone_line message_zone[] = {
	{ "brisbane._domainkey.example.com", DNS_TXT,
	    "v=DKIM1; "
	    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
	    "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/"
	    "NMqJ0fzfVjH4OuKhi"
	    "tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB" },
	{ "brisbane._domainkey.football.example.com", DNS_TXT,
	    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" },
	{ "test._domainkey.football.example.com", DNS_TXT,
	    "v=DKIM1; k=rsa; "
	    "p="
	    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2j"
	    "LQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/"
	    "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3"
	    "G+2kryOTIKT+l/K4w3QIDAQAB" },
	{ "k1._domainkey.shop.example", DNS_TXT, "v=DKIM1; k=rsa; p=" OUR_KEY },
};

#define N_MESSAGE_ZONE (sizeof(message_zone) / sizeof(message_zone[0]))

#endif
