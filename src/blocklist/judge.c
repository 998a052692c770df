/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"
#include "blocklist/private.h"

#define DNS_REFUSED 5 /* RFC 1035 section 4.1.1 */

static const char *const listings[] = { "clear", "neutral", "good", "policy", "listed", "error" };

const char *
listing_name(enum listing l)
{
	return l == LISTING_UNKNOWN ? "unknown" : listings[l];
}

/* ---- codes ---- */

static uint32_t
ip_number(const unsigned char *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool
read_address(struct sv s, uint32_t *out)
{
	struct ip ip;

	if (!ip_read(s, &ip) || ip.n != 4 || ip.b[0] != 127) {
		return false;
	}
	*out = ip_number(ip.b);
	return true;
}

static bool
read_range(struct sv *s, struct list_code *out)
{
	struct sv word;
	struct sv first;
	uint32_t bit = 0;

	if (sv_take(s, SV("bit "))) {
		out->bit = sv_cut(s, ' ', &word) && num_u32(word, 128, &bit) && bit != 0 &&
			   (bit & (bit - 1)) == 0;
		out->first = out->last = out->bit ? bit : 0;
		return out->bit;
	}
	if (!sv_cut(s, ' ', &word)) {
		return false;
	}
	if (!sv_cut(&word, '-', &first)) {
		first = word;
	}
	return read_address(first, &out->first) && read_address(word, &out->last) &&
	       out->first <= out->last;
}

const char *
list_code_read(struct sv s, struct arena *arena, struct list_code *out)
{
	struct sv word;

	*out = (struct list_code){ .means = LISTING_CLEAR };
	if (!read_range(&s, out)) {
		return "'127.0.0.2 MEANING words', '127.0.0.4-127.0.0.7 ...' or 'bit 8 ...'";
	}
	if (!sv_cut(&s, ' ', &word) || s.n == 0) {
		return "words behind the code";
	}
	for (unsigned i = LISTING_NEUTRAL; i <= LISTING_UNKNOWN; i++) {
		if (sv_eq(word, sv_from(listings[i]))) {
			out->means = (enum listing)i;
			out->says = arena_cstr(arena, s);
			return out->says == NULL ? "a smaller file" : NULL;
		}
	}
	return "listed, policy, good, neutral or error behind the code";
}

/* ---- lookups ---- */

const struct blocklist *
blocklist_find(const struct blocklists *b, struct sv zone)
{
	for (size_t i = 0; i < b->n; i++) {
		if (sv_ieq(sv_from(b->all[i].zone), zone)) {
			return &b->all[i];
		}
	}
	return NULL;
}

/* "uribl" in "suburible" is no name of a list. */
static bool
stands_alone(struct sv text, struct sv name)
{
	ptrdiff_t at = sv_find(text, name);
	size_t end = at < 0 ? 0 : (size_t)at + name.n;

	return at >= 0 && (at == 0 || !char_is_alnum(text.p[at - 1])) &&
	       (end == text.n || !char_is_alnum(text.p[end]));
}

const struct blocklist *
blocklist_named(const struct blocklists *b, struct sv text)
{
	const struct blocklist *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < b->n; i++) {
		for (size_t k = 0; k < b->all[i].n_names; k++) {
			struct sv name = sv_from(b->all[i].names[k]);

			if (name.n > longest && stands_alone(text, name)) {
				best = &b->all[i];
				longest = name.n;
			}
		}
	}
	return best;
}

/* ---- questions ---- */

unsigned
list_target_kind(const struct list_target *t)
{
	return t->ip.n == 4 ? LIST_IP4 : t->ip.n == 16 ? LIST_IP6 : LIST_DOMAIN;
}

void
list_target_print(const struct list_target *t, struct buf *out)
{
	if (t->ip.n != 0) {
		ip_print(&t->ip, out);
	} else {
		buf_printable(out, t->domain, DNS_NAME_MAX);
	}
}

void
list_target_network(const struct list_target *t, struct buf *out)
{
	struct ip net = t->ip;

	if (net.n == 16) {
		memset(net.b + 8, 0, 8);
		ip_print(&net, out);
		buf_str(out, "/64");
	}
}

void
list_query_name(
    const struct blocklist *l, const char *key, const struct list_target *t, struct buf *out)
{
	if (t->ip.n == 0) {
		buf_sv(out, t->domain);
	} else {
		struct buf name;
		struct sv s;

		buf_init(&name, 0);
		ip_reverse_name(&t->ip, &name);
		s = buf_view(&name);
		(void)sv_drop_tail(&s, t->ip.n == 4 ? SV(".in-addr.arpa") : SV(".ip6.arpa"));
		buf_sv(out, s);
		buf_done(&name);
	}
	buf_char(out, '.');
	if (key != NULL) {
		buf_fmt(out, "%s.", key);
	}
	buf_str(out, l->zone);
}

void
list_test_target(const struct blocklist *l, bool listed, struct list_target *out)
{
	const char *said = listed ? l->test_listed : l->test_clean;
	struct sv point = sv_from(said);

	*out = (struct list_target){ .domain = listed ? SV("test") : SV("invalid") };
	if (said != NULL) {
		if (!ip_read(point, &out->ip)) {
			out->domain = point;
		}
	} else if ((l->kinds & LIST_IP4) != 0) {
		out->ip = (struct ip){ { 127, 0, 0, listed ? 2 : 1 }, 4 };
	} else if ((l->kinds & LIST_IP6) != 0) { /* ::FFFF:7F00:2 */
		out->ip = (struct ip){
			{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0x7f, 0, 0, listed ? 2 : 1 }, 16
		};
	}
}

/* ---- answers ---- */

static const struct list_code *
find_code(const struct list_codes *codes, uint32_t v, const struct list_code *best)
{
	for (size_t i = 0; i < codes->n; i++) {
		const struct list_code *c = &codes->row[i];
		bool hit = c->bit ? (v & 0xffffff00U) == 0x7f000000U && (v & c->first) != 0
				  : v >= c->first && v <= c->last;

		if (hit && (best == NULL || c->means > best->means)) {
			best = c;
		}
	}
	return best;
}

static void
judge_address(
    const struct blocklists *b, const struct blocklist *l, uint32_t v, struct list_reading *out)
{
	const struct list_code *c = find_code(&l->codes, v, NULL);
	struct list_reading one = { .code = v, .state = LISTING_UNKNOWN };

	c = c != NULL && c->means == LISTING_UNKNOWN ? c : find_code(&b->everywhere, v, NULL);
	c = c == NULL ? find_code(&l->codes, v, NULL) : c;
	if (v >> 24 != 127) {
		one.broken = true;
		one.says = "it answers outside 127.0.0.0/8: the name is not the list's any more";
	} else if (c == NULL) {
		one.says = "an answer that the list does not document";
	} else {
		one.state = c->means;
		one.says = c->says;
		one.refused = c->means == LISTING_UNKNOWN;
	}
	if (one.state > out->state || one.broken) {
		*out = one;
	}
}

void
list_judge(const struct blocklists *b, const struct blocklist *l, const struct dns_answer *a,
    struct list_reading *out)
{
	*out = (struct list_reading){ .state = LISTING_CLEAR };
	if (dns_is_void(a)) {
		return;
	}
	if (dns_is_unknown(a)) {
		out->state = LISTING_UNKNOWN;
		out->refused = a->status == DNS_FAILED && a->rcode == DNS_REFUSED;
		out->silent = !out->refused;
		out->says = out->refused        ? "the name server refuses to answer"
			    : a->reason != NULL ? a->reason
						: dns_status_words(a->status);
		return;
	}
	for (size_t i = 0; i < a->n && !out->broken; i++) {
		if (a->records[i].data.n == 4) {
			judge_address(
			    b, l, ip_number((const unsigned char *)a->records[i].data.p), out);
		}
	}
}
