/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/delivery.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define EVENT                                                                                      \
	"{\"id\":7,\"ta\":1.5,\"t\":1700000000.125,\"prov\":\"p\",\"dom\":\"example.com\","        \
	"\"mx\":\"mx1.example.com\",\"snd\":\"s\",\"ip\":\"192.0.2.1\",\"camp\":\"s-tx\","         \
	"\"att\":2,\"rcpt\":\"jo@example.com\",\"stage\":\"rcpt\",\"code\":550,\"enh\":\"5.1.1\"," \
	"\"text\":\"\\u003cjo\\u003e \\\"gone\\\"\",\"x\":{\"c\":[\"unknown\",{}],\"g\":-1}}"

static void
event_is_read(void **unused)
{
	struct json_in j;
	struct delivery d;

	(void)unused;
	json_in_init(&j);
	assert_true(delivery_read(&j, SV(EVENT), &d));
	assert_int_equal(d.id, 7);
	assert_true(d.t == 1700000000.125);
	assert_true(sv_eq(d.provider, SV("p")) && sv_eq(d.domain, SV("example.com")));
	assert_true(sv_eq(d.mx, SV("mx1.example.com")) && sv_eq(d.sender, SV("s")));
	assert_true(sv_eq(d.campaign, SV("s-tx")) && sv_eq(d.recipient, SV("jo@example.com")));
	assert_int_equal(d.attempt, 2);
	assert_int_equal(d.code, 550);
	assert_int_equal(d.stage, STAGE_RCPT);
	assert_int_equal(d.status.klass * 100 + d.status.subject * 10 + d.status.detail, 511);
	assert_true(sv_eq(d.text, SV("<jo> \"gone\"")));
	json_in_done(&j);
}

static void
little_is_enough(void **unused)
{
	struct json_in j;
	struct delivery d;

	(void)unused;
	json_in_init(&j);
	assert_true(delivery_read(&j,
	    SV(" { \"rcpt\" : \"A@b.example\" , \"code\":0,\"snd\":\"s\",\"prov\":\"p\",\"t\":5,"
	       "\"id\":0 } "),
	    &d));
	assert_int_equal(d.attempt, 1);
	assert_true(sv_eq(d.domain, SV("b.example")));
	json_in_done(&j);
}

/* Every refusal says where and what should have stood there. */
static void
refusals_name_the_place(void **unused)
{
	static const struct {
		const char *line;
		size_t at;
		const char *expected;
	} rows[] = {
		{ "", 0, "one JSON object" },
		{ "[1]", 0, "one JSON object" },
		{ "{\"id\":7", 7, "a comma" },
		{ "{\"id\" 7}", 6, "a colon" },
		{ "{\"id\":-7}", 6, "a whole number" },
		{ "{\"id\":7.5}", 6, "a whole number" },
		{ "{\"id\":007}", 6, "a number" },
		{ "{\"id\":7,\"id\":8}", 7, "each member once" },
		{ "{\"t\":-1}", 5, "seconds since 1970" },
		{ "{\"t\":1e15}", 5, "seconds since 1970" },
		{ "{\"code\":99}", 8, "a reply code" },
		{ "{\"code\":700}", 8, "a whole number" },
		{ "{\"enh\":\"5.x\"}", 7, "an enhanced status" },
		{ "{\"stage\":\"lunch\"}", 9, "connect, helo" },
		{ "{\"prov\":\"a\\x\"}", 11, "one of \"" },
		{ "{\"prov\":\"a\\u12g4\"}", 14, "four hex" },
		{ "{\"prov\":\"a", 10, "the end of the string" },
		{ "{\"prov\":\"a\nb\"}", 10, "the end of the string" },
		{ "{\"prov\":5}", 8, "a string" },
		{ "{\"y\":tru}", 5, "a value" },
		{ "{\"y\":[1,]}", 8, "a value" },
		{ "{\"y\":{\"a\":1,}}", 12, "a string" },
		{ "{}", 2, "the member \"id\"" },
		{ "{} {}", 3, "the end of the line" },
		{ "{,}", 1, "the name of a member" },
	};
	struct json_in j;

	(void)unused;
	json_in_init(&j);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct delivery d;

		assert_false(delivery_read(&j, sv_from(rows[i].line), &d));
		if (j.at != rows[i].at ||
		    sv_find(sv_from(j.expected), sv_from(rows[i].expected)) != 0) {
			fail_msg("%s: byte %zu, expected %s", rows[i].line, j.at, j.expected);
		}
	}
	json_in_done(&j);
}

static void
members_may_not_be_left_out(void **unused)
{
	static const char *const names[] = { "id", "t", "prov", "snd", "rcpt", "code" };
	struct json_in j;

	(void)unused;
	json_in_init(&j);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char line[] = EVENT;
		char *at;
		struct delivery d;
		char quoted[16] = "\"";

		(void)strncat(quoted, names[i], 10);
		(void)strncat(quoted, "\":", 3);
		at = strstr(line, quoted);
		assert_non_null(at);
		at[1] = 'q'; /* another name */
		assert_false(delivery_read(&j, sv_from(line), &d));
		assert_non_null(strstr(j.expected, names[i]));
	}
	json_in_done(&j);
}

static double
number(const char *text)
{
	struct json_in j;
	struct sv name;
	double v = -1;

	json_in_init(&j);
	assert_true(json_in_open(&j, sv_from(text)));
	assert_int_equal(json_in_member(&j, &name), JSON_IN_MEMBER);
	assert_true(json_in_number(&j, &v));
	json_in_done(&j);
	return v;
}

static void
numbers_are_exact(void **unused)
{
	(void)unused;
	assert_true(number("{\"a\":0}") == 0);
	assert_true(number("{\"a\":-0.1}") == -0.1);
	assert_true(number("{\"a\":1700157353.966}") == 1700157353.966);
	assert_true(number("{\"a\":1.25e2}") == 125);
	assert_true(number("{\"a\":5E-1}") == 0.5);
	assert_true(fabs(number("{\"a\":123456789012345678901234567890}") / 1.2345678901234568e29 -
			 1) < 1e-14);
	assert_true(fabs(number("{\"a\":0.1234567890123456789012}") - 0.12345678901234568) < 1e-15);
}

static struct sv
text_of(struct json_in *j, const char *line)
{
	struct sv name;
	struct sv out = { 0 };

	assert_true(json_in_open(j, sv_from(line)));
	assert_int_equal(json_in_member(j, &name), JSON_IN_MEMBER);
	assert_true(json_in_string(j, &out));
	return out;
}

static void
escapes_are_undone(void **unused)
{
	struct json_in j;

	(void)unused;
	json_in_init(&j);
	assert_true(
	    sv_eq(text_of(&j, "{\"a\":\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"}"), SV("\b\f\n\r\t/\\\"")));
	assert_true(
	    sv_eq(text_of(&j, "{\"a\":\"\\u0041\\u00e9\\u20ac\"}"), SV("A\xc3\xa9\xe2\x82\xac")));
	assert_true(sv_eq(text_of(&j, "{\"a\":\"\\ud83d\\ude00\"}"), SV("\xf0\x9f\x98\x80")));
	assert_true(sv_eq(text_of(&j, "{\"a\":\"\\ud83dx\"}"), SV("\xef\xbf\xbdx")));
	assert_true(sv_eq(text_of(&j, "{\"a\":\"\\u0000\"}"), SV("\0")));
	json_in_done(&j);
}

static void
nesting_is_bounded(void **unused)
{
	char line[100] = "{\"y\":";
	struct json_in j;
	struct delivery d;

	(void)unused;
	memset(line + 5, '[', JSON_IN_NESTING_MAX + 1);
	json_in_init(&j);
	assert_false(delivery_read(&j, sv_from(line), &d));
	assert_int_equal(j.at, 5 + JSON_IN_NESTING_MAX);
	json_in_done(&j);
}

static void
history_is_read(void **unused)
{
	struct json_in j;
	struct known_recipient k;

	(void)unused;
	json_in_init(&j);
	assert_true(
	    known_recipient_read(&j, SV("{\"rcpt\":\"jo@example.com\",\"ok\":1699999999}"), &k));
	assert_true(sv_eq(k.recipient, SV("jo@example.com")) && k.accepted == 1699999999);
	assert_false(known_recipient_read(&j, SV("{\"rcpt\":\"jo@example.com\"}"), &k));
	assert_false(known_recipient_read(&j, SV("{\"rcpt\":\"jo\",\"ok\":\"x\"}"), &k));
	json_in_done(&j);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_is_read),
		cmocka_unit_test(little_is_enough),
		cmocka_unit_test(refusals_name_the_place),
		cmocka_unit_test(members_may_not_be_left_out),
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(history_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
