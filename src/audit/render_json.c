/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"
#include "base/civil.h"

static void
put_spf(const struct audit *a, struct json *j)
{
	json_open(j, "spf", '{');
	json_int(j, "lookups", a->spf.lookups);
	json_int(j, "voids", (int64_t)a->spf.n_voids);
	json_open(j, "tree", '[');
	for (size_t i = 0; i < a->spf.n; i++) {
		const struct spf_node *n = &a->spf.nodes[i];

		json_open(j, NULL, '{');
		json_sv(j, "domain", n->domain);
		json_int(j, "depth", n->depth);
		json_sv(j, "via", n->via);
		json_str(j, "found", n->found == SPF_PASS ? "record" : spf_result_name(n->found));
		json_str(j, "reason", n->reason);
		json_sv(j, "record", n->text);
		json_int(j, "cost", i == 0 ? n->total : n->total + 1);
		json_int(j, "networks", n->networks);
		json_bool(j, "addresses_only", n->flat);
		json_bool(j, "again", n->again);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
put_dkim(const struct audit *a, struct json *j)
{
	static const char *const types[] = { "rsa", "ed25519", "other" };

	char since[40];

	json_open(j, "dkim", '{');
	json_int(j, "tried", (int64_t)a->n_keys_tried);
	json_open(j, "keys", '[');
	for (size_t i = 0; i < a->n_keys; i++) {
		const struct audit_key *k = &a->keys[i];
		const struct dkim_key *key = &k->lookup.key;

		json_open(j, NULL, '{');
		json_sv(j, "selector", k->selector);
		json_bool(j, "given", k->given);
		json_int(j, "records", (int64_t)k->lookup.n);
		json_int(j, "strings", (int64_t)k->lookup.strings);
		json_str(j, "type", k->lookup.n == 0 ? NULL : types[key->type]);
		json_int(j, "bits", key->bits);
		json_bool(j, "revoked", key->revoked);
		json_bool(j, "testing", key->testing);
		json_bool(j, "strict", key->strict);
		json_str(j, "fault", key->fault);
		json_sv(j, "record", key->text);
		json_bool(j, "seen_in_use", k->seen);
		if (k->since_s == 0) {
			json_nothing(j, "since");
		} else {
			civil_print(k->since_s * US_PER_SECOND, since, sizeof(since));
			json_str(j, "since", since);
		}
		json_int(j, "keys_before", k->before);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
put_view(const char *name, const struct dmarc_view *v, struct json *j)
{
	static const char *const found[] = { "none", "record", "several", "unknown", "pending" };

	json_open(j, name, '{');
	json_str(j, "found", found[v->found]);
	json_sv(j, "organisation", v->org);
	json_sv(j, "domain", v->domain);
	json_sv(j, "record", v->record.text);
	json_str(j, "policy", dmarc_policy_name(v->policy));
	json_str(j, "tag", v->found == DMARC_RECORD ? v->tag : NULL);
	json_bool(j, "testing", v->record.testing);
	json_close(j, '}');
}

static void
put_hosts(const struct audit *a, struct json *j)
{
	json_open(j, "mx", '[');
	for (size_t i = 0; i < a->n_mx; i++) {
		const struct audit_mx *m = &a->mx[i];

		json_open(j, NULL, '{');
		json_sv(j, "host", m->host);
		json_int(j, "preference", m->preference);
		json_int(j, "addresses",
		    (int64_t)((m->a == NULL ? 0 : m->a->n) + (m->aaaa == NULL ? 0 : m->aaaa->n)));
		json_int(j, "tlsa", m->tlsa == NULL ? 0 : (int64_t)m->tlsa->n);
		json_bool(j, "dnssec", m->tlsa != NULL && m->tlsa->authentic);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "ips", '[');
	for (size_t i = 0; i < a->n_ips; i++) {
		struct buf ip;

		buf_init(&ip, 0);
		ip_print(&a->ips[i].ip, &ip);
		json_open(j, NULL, '{');
		json_sv(j, "ip", buf_view(&ip));
		json_sv(j, "name", a->ips[i].name);
		json_bool(j, "confirmed", a->ips[i].confirmed);
		json_str(j, "spf", spf_result_name(a->ips[i].spf.result));
		json_sv(j, "mechanism", a->ips[i].spf.mechanism);
		json_close(j, '}');
		buf_done(&ip);
	}
	json_close(j, ']');
}

static void
put_policy(const char *name, const struct audit_policy_record *p, struct json *j)
{
	json_open(j, name, '{');
	json_int(j, "records", (int64_t)p->n);
	json_sv(j, "record", p->text);
	json_str(j, "fault", p->fault);
	json_close(j, '}');
}

void
audit_render_findings_json(const struct audit *a, const struct audit_texts *t, struct json *j)
{
	json_open(j, "findings", '[');
	for (size_t i = 0; i < a->n; i++) {
		const struct finding *f = &a->findings[i];
		const struct finding_text *text = &t->findings[f->id];

		json_open(j, NULL, '{');
		json_str(j, "id", finding_name(f->id));
		json_str(j, "severity", severity_name(text->severity));
		json_sv(j, "about", f->about);
		json_sv(j, "detail", f->detail);
		json_str(j, "says", text->says);
		json_str(j, "who", text->who);
		json_str(j, "why", text->why);
		json_str(j, "do", text->does);
		if (f->value.n > 0) {
			json_open(j, "publish", '{');
			json_sv(j, "name", f->name);
			json_str(j, "type", f->type == NULL ? "TXT" : f->type);
			json_sv(j, "value", f->value);
			json_close(j, '}');
		} else {
			json_nothing(j, "publish");
		}
		json_sv(j, "note", f->note);
		if (f->file.n > 0) {
			json_open(j, "serve", '{');
			json_sv(j, "url", f->url);
			json_sv(j, "text", f->file);
			json_close(j, '}');
		} else {
			json_nothing(j, "serve");
		}
		json_close(j, '}');
	}
	json_close(j, ']');
}

void
audit_render_json(const struct audit *a, const struct audit_texts *t, struct json *j)
{
	json_open(j, NULL, '{');
	json_sv(j, "domain", a->domain);
	json_bool(j, "act", audit_needs_action(a, t));
	json_bool(j, "unseen", audit_is_blind(a, t));
	json_bool(j, "parked", a->parked);
	json_int(j, "findings_left_out", (int64_t)a->n_lost);
	put_spf(a, j);
	put_dkim(a, j);
	json_open(j, "dmarc", '{');
	put_view("tree_walk", &a->dmarc.tree, j);
	put_view("suffix_list", &a->dmarc.suffix, j);
	json_close(j, '}');
	put_hosts(a, j);
	put_policy("mta_sts", &a->sts, j);
	put_policy("tls_rpt", &a->tlsrpt, j);
	put_policy("bimi", &a->bimi, j);
	audit_render_findings_json(a, t, j);
	json_close(j, '}');
}
