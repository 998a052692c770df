/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

/*
 * Finer causes than the detector's: it knows that a sender is refused or that a provider is in
 * trouble; what the replies are about tells a lack of authentication from a block, and trouble
 * of our own network from theirs.  Outages by the network at several providers at a time are ours: the
 * lines, the resolver or the firewall that they share are here.  How many, and how long a refusal
 * counts, is policy.
 */

void
ingest_mix(struct ingest *in, const struct stored_event *s)
{
	static const struct {
		struct sv cause;
		enum mix_part part;
	} all[] = {
		{ SV_INIT("auth_failure"), MIX_AUTHENTICATION },
		{ SV_INIT("network_error"), MIX_NETWORK },
		{ SV_INIT("dns_failure"), MIX_NETWORK },
	};
	bool of_sender = s->klass == DETECT_THROTTLE || s->klass == DETECT_BLOCK;
	struct sv cause = store_name_text(in->opt.store, s->cause);
	enum mix_part part = of_sender ? MIX_SENDER : MIX_PROVIDER;
	struct refusal_mix *m;

	if (!of_sender && s->klass != DETECT_TEMP && s->klass != DETECT_CONN) {
		return;
	}
	m = map_put(&in->mixes, s->provider, NULL);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		part = sv_eq(cause, all[i].cause) ? all[i].part : part;
	}
	for (int i = 0; i < MIX_PARTS; i++) {
		m->weight[i] *= in->mix_kept;
	}
	m->weight[part]++;
}

static bool
mostly(const struct ingest *in, uint32_t provider, enum mix_part this, enum mix_part other)
{
	const struct refusal_mix *m = map_get(&in->mixes, provider);

	return m != NULL && m->weight[this] > m->weight[other];
}

const char *
ingest_cause(const struct ingest *in, const struct detect_decision *d)
{
	bool of_sender = d->cause == CAUSE_SENDER_BLOCK || d->cause == CAUSE_THROTTLE;

	return of_sender && mostly(in, d->provider, MIX_AUTHENTICATION, MIX_SENDER)
		   ? "authentication"
		   : detect_cause_name(d->cause);
}

void
ingest_outage(struct ingest *in, const struct detect_decision *d)
{
	bool begins = d->what == DETECT_OPEN || d->what == DETECT_CAUSE;
	bool ends = d->what == DETECT_CLOSE || d->what == DETECT_RETRACT;

	if (begins && (d->cause == CAUSE_OUTAGE || d->cause == CAUSE_SENDER_TEMP) &&
	    mostly(in, d->provider, MIX_NETWORK, MIX_PROVIDER)) {
		*(uint32_t *)map_put(&in->outages, d->incident, NULL) = d->provider;
	} else if (begins || ends) {
		map_drop(&in->outages, d->incident);
	}
}

static size_t
providers(const struct map *outages)
{
	size_t n = 0;

	for (size_t i = 0; i < outages->n; i++) {
		size_t k = 0;

		while (*(uint32_t *)map_at(outages, k) != *(uint32_t *)map_at(outages, i)) {
			k++;
		}
		n += k == i;
	}
	return n;
}

void
ingest_outages_name(struct ingest *in)
{
	uint32_t own;

	if ((double)providers(&in->outages) < in->opt.incidents->own_fault_providers) {
		return;
	}
	own = store_name(in->opt.store, SV("own_fault"));
	for (size_t i = 0; i < in->outages.n; i++) {
		struct stored_incident row;

		if (store_incident_get(in->opt.store, in->outages.keys[i], &row) &&
		    row.cause != own) {
			row.cause = own;
			store_incident_put(in->opt.store, &row);
		}
	}
}
