/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "store/reports_private.h"

static void
add_tls_policy(struct reports_store *s, const struct tlsrpt_policy *p)
{
	int64_t id;

	reports_bind_int(s, SQL_ADD_TLS_POLICY, 1, s->next_report);
	reports_bind_sv(s, SQL_ADD_TLS_POLICY, 2, p->domain);
	reports_bind_sv(s, SQL_ADD_TLS_POLICY, 3, p->type);
	reports_bind_sv(s, SQL_ADD_TLS_POLICY, 4, p->text);
	reports_bind_sv(s, SQL_ADD_TLS_POLICY, 5, p->hosts);
	reports_bind_int(s, SQL_ADD_TLS_POLICY, 6, (int64_t)p->succeeded);
	reports_bind_int(s, SQL_ADD_TLS_POLICY, 7, (int64_t)p->failed);
	if (s->failed || reports_step(s, SQL_ADD_TLS_POLICY) != SQLITE_DONE) {
		return;
	}
	id = sqlite3_last_insert_rowid(s->db);
	for (size_t i = 0; i < p->n_details && !s->failed; i++) {
		const struct tlsrpt_detail *d = &p->details[i];
		const struct sv texts[] = { d->result, d->mx, d->helo, d->sending_ip,
			d->receiving_ip, d->reason, d->more };

		reports_bind_int(s, SQL_ADD_TLS_FAILURE, 1, id);
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			reports_bind_sv(s, SQL_ADD_TLS_FAILURE, (int)k + 2, texts[k]);
		}
		reports_bind_int(s, SQL_ADD_TLS_FAILURE, 9, (int64_t)d->count);
		(void)reports_step(s, SQL_ADD_TLS_FAILURE);
	}
}

static struct sv
tls_faults(struct reports_store *s, const struct tlsrpt *t)
{
	struct json j;

	buf_clear(&s->json);
	json_init(&j, &s->json, false);
	json_open(&j, NULL, '[');
	if (t->problem.n > 0) {
		json_open(&j, NULL, '{');
		json_str(&j, "kind", "tlsrpt");
		json_bool(&j, "damage", true);
		json_int(&j, "count", 1);
		json_sv(&j, "first", t->problem);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	return buf_view(&s->json);
}

enum err
reports_tls(struct reports_store *s, const struct tlsrpt *t, struct sv file,
    enum reports_outcome *outcome_out, struct why *why)
{
	const struct report_key key = { SV("tls"), t->org, t->contact, t->id,
		t->n_policies == 0 ? SV("") : t->policies[0].domain, t->begin_s, t->end_s };
	uint64_t sessions = 0;

	if (!reports_begin(s)) {
		return reports_fail(s, why, "the store of reports");
	}
	for (size_t i = 0; i < t->n_policies; i++) {
		sessions += t->policies[i].succeeded + t->policies[i].failed;
	}
	if (!reports_make_way(s, &key, t->n_policies, sessions)) {
		*outcome_out = REPORTS_DUPLICATE;
		return s->failed ? reports_fail(s, why, "") : ERR_OK;
	}
	for (size_t i = 0; i < t->n_policies && !s->failed; i++) {
		add_tls_policy(s, &t->policies[i]);
	}
	reports_bind_key(s, &key);
	for (int i = 10; i <= 20; i++) {
		(void)sqlite3_bind_null(s->statement[SQL_ADD_REPORT], i);
	}
	reports_bind_int(s, SQL_ADD_REPORT, 21, (int64_t)t->n_policies);
	reports_bind_int(s, SQL_ADD_REPORT, 22, (int64_t)sessions);
	reports_bind_int(s, SQL_ADD_REPORT, 23, t->damaged);
	reports_bind_sv(s, SQL_ADD_REPORT, 24, tls_faults(s, t));
	reports_bind_sv(s, SQL_ADD_REPORT, 25, file);
	return reports_end(s, outcome_out, why);
}
