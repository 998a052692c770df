/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

#include <jansson.h>

/* Amazon SES through SNS: the mail's text is JSON (SES Developer Guide, "Amazon SNS
 * notification contents"), alone or in the "Message" of an SNS envelope. */

struct sv
scene_text_at(struct scene *s, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return json_is_string(v)
		   ? arena_sv(s->arena, sv_make(json_string_value(v), json_string_length(v)))
		   : (struct sv){ 0 };
}

static void
add_all(struct scene *s, const json_t *list, const json_t *about)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		struct sv address = json_is_string(one)
					? arena_sv(s->arena, sv_make(json_string_value(one),
								 json_string_length(one)))
					: dsn_address(scene_text_at(s, one, "emailAddress"));
		struct bounced *b = address.n == 0 ? NULL : scene_add(s, address);
		struct sv status;

		if (b == NULL) {
			continue;
		}
		status = scene_text_at(s, one, "status");
		(void)status_take(&status, &b->status);
		b->reply = scene_text_at(s, one, "diagnosticCode");
		(void)sv_take(&b->reply, SV("smtp; "));
		if (b->reply.n == 0) {
			b->reply = scene_text_at(s, about, "smtpResponse");
		}
		b->host = scene_text_at(s, about, "remoteMtaIp");
	}
}

static void
read_original(struct scene *s, const json_t *mail)
{
	const json_t *headers = json_object_get(mail, "commonHeaders");
	struct bounce_original *o = &s->out->original;

	o->message_id = scene_text_at(s, headers, "messageId");
	if (o->message_id.n == 0) {
		o->message_id = scene_text_at(s, mail, "messageId");
	}
	o->from = scene_text_at(s, mail, "source");
	o->subject = scene_text_at(s, headers, "subject");
	o->date = scene_text_at(s, mail, "timestamp");
}

static const struct {
	const char *type, *object, *list, *cause;
	enum bounce_kind kind;
	enum dsn_action action;
} types[] = {
	{ "Bounce", "bounce", "bouncedRecipients", NULL, BOUNCE_BOUNCE, DSN_FAILED },
	{ "Complaint", "complaint", "complainedRecipients", "complaint", BOUNCE_COMPLAINT,
	    DSN_NO_ACTION },
	{ "Delivery", "delivery", "recipients", "delivered", BOUNCE_REPORT, DSN_DELIVERED },
	{ "DeliveryDelay", "deliveryDelay", "delayedRecipients", NULL, BOUNCE_DELAY, DSN_DELAYED },
};

static bool
read_object(struct scene *s, const json_t *o)
{
	struct sv type = scene_text_at(s, o, "notificationType");

	if (type.n == 0) {
		type = scene_text_at(s, o, "eventType");
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const json_t *about = json_object_get(o, types[i].object);

		if (!sv_ieq(type, sv_from(types[i].type))) {
			continue;
		}
		add_all(s, json_object_get(about, types[i].list), about);
		for (size_t k = 0; k < s->out->n_recipients; k++) {
			s->out->recipients[k].action = types[i].action;
		}
		s->out->reporter = scene_text_at(s, about, "reportingMTA");
		s->out->kind = types[i].kind;
		s->out->cause = types[i].cause;
		s->out->by_cause = types[i].cause != NULL;
		s->out->dialect = "notification";
		read_original(s, json_object_get(o, "mail"));
		return true;
	}
	return false;
}

bool
notification_read(struct scene *s)
{
	struct sv text = sv_trim(s->out->text);
	json_t *o;
	bool ok = false;

	if (text.n == 0 || text.p[0] != '{' || sv_find(text, SV("Type\"")) < 0) {
		return false;
	}
	o = json_loadb(text.p, text.n, JSON_DISABLE_EOF_CHECK, NULL);
	if (json_is_object(o)) {
		const json_t *inner = json_object_get(o, "Message");

		if (json_is_string(inner)) {
			json_t *in = json_loadb(json_string_value(inner), json_string_length(inner),
			    JSON_DISABLE_EOF_CHECK, NULL);

			ok = json_is_object(in) && read_object(s, in);
			json_decref(in);
		} else {
			ok = read_object(s, o);
		}
	}
	json_decref(o);
	return ok;
}
