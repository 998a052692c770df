/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tie.h"

#include "base/map.h"

#include <stdlib.h>

struct kept {
	struct returned mail;
	struct tied_recipient *tied; /* in the arena */
};

struct link { /* mails of one queue id or Message-ID */
	uint32_t mail;
	uint32_t next; /* index + 1; 0: the last */
};

struct tie {
	struct hash_key key;
	struct arena *arena;
	struct kept *kept; /* owned */
	size_t n_kept, room_kept;
	struct link *links; /* owned */
	size_t n_links, room_links;
	struct map heads;         /* keyed hash -> uint32_t: index + 1 of the first link */
	struct map digests, told; /* sets: mails; recipients of messages */
};

struct tie *
tie_new(const struct hash_key *key)
{
	struct tie *t = mem_new(1, sizeof(*t));

	t->key = *key;
	t->arena = arena_new(TIE_BYTES_MAX);
	map_init(&t->heads, sizeof(uint32_t));
	map_init(&t->digests, 1);
	map_init(&t->told, 1);
	return t;
}

void
tie_free(struct tie **pt)
{
	struct tie *t = *pt;

	if (t != NULL) {
		arena_free(&t->arena);
		map_done(&t->heads);
		map_done(&t->digests);
		map_done(&t->told);
		free(t->kept);
		free(t->links);
		free(t);
		*pt = NULL;
	}
}

size_t
tie_count(const struct tie *t)
{
	return t->n_kept;
}

/* ---- keys ---- */

static uint64_t
key_of(const struct tie *t, struct sv id)
{
	return hash_sip(&t->key, id);
}

static struct sv
bare_id(struct sv message_id)
{
	(void)sv_take(&message_id, SV("<"));
	(void)sv_drop_tail(&message_id, SV(">"));
	return sv_head(message_id, 998);
}

static void
add_link(struct tie *t, struct sv id, size_t mail)
{
	bool is_new;
	uint32_t *head;

	if (id.n < 4) { /* no program has ids that short; empty ones would tie everything */
		return;
	}
	head = map_put(&t->heads, key_of(t, id), &is_new);
	LIST_ROOM(t->links, t->n_links, t->room_links);
	t->links[t->n_links++] = (struct link){ (uint32_t)mail, *head };
	*head = (uint32_t)t->n_links;
}

/* ---- mails ---- */

static bool
keep_recipients(struct tie *t, struct kept *k, const struct returned *r)
{
	struct returned_recipient *list =
	    arena_alloc(t->arena, (r->n_recipients + 1) * sizeof(*list));

	k->tied = arena_alloc(t->arena, (r->n_recipients + 1) * sizeof(*k->tied));
	if (list == NULL || k->tied == NULL) {
		return false;
	}
	for (size_t i = 0; i < r->n_recipients; i++) {
		list[i] = r->recipients[i];
		list[i].address = arena_sv(t->arena, list[i].address);
		list[i].original = arena_sv(t->arena, list[i].original);
		list[i].reply = arena_sv(t->arena, list[i].reply);
		list[i].host = arena_sv(t->arena, list[i].host);
		k->tied[i].address = list[i].address;
	}
	k->mail.recipients = list;
	return true;
}

bool
tie_add(struct tie *t, const struct returned *r)
{
	struct kept *k;
	bool is_new;

	if (t->n_kept == TIE_MAILS_MAX) {
		return false;
	}
	(void)map_put(&t->digests, r->digest, &is_new);
	if (!is_new) {
		return true;
	}
	LIST_ROOM(t->kept, t->n_kept, t->room_kept);
	k = &t->kept[t->n_kept];
	*k = (struct kept){ .mail = *r };
	if (!keep_recipients(t, k, r)) {
		return false;
	}
	k->mail.name = arena_sv(t->arena, r->name);
	k->mail.message_id = arena_sv(t->arena, r->message_id);
	k->mail.queue_id = arena_sv(t->arena, r->queue_id);
	k->mail.sender = arena_sv(t->arena, r->sender);
	k->mail.signed_path = (struct sv){ 0 }; /* nobody asks for it here */
	add_link(t, k->mail.queue_id, t->n_kept);
	add_link(t, bare_id(k->mail.message_id), t->n_kept);
	t->n_kept++;
	return true;
}

bool
tie_is_first(struct tie *t, const struct returned *m, const struct returned_recipient *r)
{
	struct sv id = m->message_id.n > 0 ? bare_id(m->message_id) : m->queue_id;
	char room[2048];
	size_t n = id.n < 1000 ? id.n : 1000;
	bool is_new;

	if (n < 4) {
		return true; /* nobody knows */
	}
	memcpy(room, id.p, n);
	room[n++] = ' ';
	n += sv_lower(r->address, room + n, sizeof(room) - n).n;
	(void)map_put(&t->told, key_of(t, sv_make(room, n)), &is_new);
	return is_new;
}

const struct returned *
tie_mail(const struct tie *t, size_t i, const struct tied_recipient **recipients_out)
{
	*recipients_out = t->kept[i].tied;
	return &t->kept[i].mail;
}

/* ---- the log ---- */

static enum tie_state
state_of(const struct event *e)
{
	static const enum tie_state states[EVENT_UNSUBSCRIBED + 1] = { [EVENT_ACCEPTED] =
									   TIE_ACCEPTED,
		[EVENT_DEFERRED] = TIE_TRYING,
		[EVENT_REJECTED] = TIE_REFUSED,
		[EVENT_EXPIRED] = TIE_REFUSED };

	return states[e->kind];
}

static bool
is_same(const struct returned_recipient *r, const struct event *e)
{
	return sv_ieq(r->address, e->recipient) ||
	       (e->orig_to.n > 0 && sv_ieq(r->address, e->orig_to)) ||
	       (r->original.n > 0 &&
		   (sv_ieq(r->original, e->recipient) || sv_ieq(r->original, e->orig_to)));
}

static void
note_state(struct tied_recipient *t, enum tie_state state, void *group)
{
	if (state > t->state || t->group == NULL) {
		t->group = group;
	}
	t->state = state > t->state ? state : t->state;
}

/* The reporter hides who it was: the log says it, if the message went to one recipient only. */
static void
reveal(struct tie *t, struct tied_recipient *r, const struct event *e)
{
	if (r->address.n == 0 && !r->several) {
		r->address = arena_sv(t->arena, e->recipient);
	} else if (!sv_ieq(r->address, e->recipient)) {
		r->address = (struct sv){ 0 };
		r->several = true;
	}
}

static void
tie_one(struct tie *t, struct kept *k, const struct event *e, void *group)
{
	for (size_t i = 0; i < k->mail.n_recipients; i++) {
		struct tied_recipient *r = &k->tied[i];

		if (k->mail.recipients[i].address.n == 0) {
			reveal(t, r, e);
			note_state(r, r->several ? TIE_MESSAGE : state_of(e), group);
		} else {
			note_state(r,
			    is_same(&k->mail.recipients[i], e) ? state_of(e) : TIE_MESSAGE, group);
		}
	}
}

static void
tie_by(struct tie *t, struct sv id, const struct event *e, void *group)
{
	const uint32_t *head = id.n == 0 ? NULL : map_get(&t->heads, key_of(t, id));

	for (uint32_t at = head == NULL ? 0 : *head; at != 0; at = t->links[at - 1].next) {
		tie_one(t, &t->kept[t->links[at - 1].mail], e, group);
	}
}

void
tie_event(struct tie *t, const struct event *e, void *group)
{
	if (t->n_kept > 0 && !e->suspended) {
		tie_by(t, e->queue_id, e, group);
		tie_by(t, bare_id(e->message_id), e, group);
	}
}
