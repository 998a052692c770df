/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FACT_POLICY_H
#define CAROM_FACT_POLICY_H

/* The numbers of share/policy.yaml, which says the reason and the source of each. */

struct policy {
	double good_days; /* accepted mail so lately: known to be good */
	double rest_days; /* of a known-good recipient after its first hard bounce */
	double rest_confirm_hours;
	double hard_count;
	double full_count, full_days;
	double soft_count, soft_days;
};

/* How fast a provider is mailed (decide/pace.h). */
struct pace_policy {
	double ceiling_connections; /* where the knowledge states no limit */
	double floor_delay_s;       /* between deliveries: slower never */
	double down_factor;         /* of the connections, or of the rate */
	double down_every_s;
	double down_refusals, down_share;  /* for the rate, within a window of down_every_s */
	double up_every_s, up_every_max_s, /* the longer, after steps that were refused */
	    up_again_s;                    /* below a pace that was refused */
	double up_accepted;
	double up_connections, up_rate; /* a step: connections; deliveries a second */
	double pause_refusals;          /* one after the other, during an incident */
	double pause_s, pause_factor, pause_max_s;
	double probes;         /* real mails that must be accepted after a pause */
	double probe_delay_s;  /* between them */
	double refused_wait_s; /* that a delivery agent keeps its place for, when refused for the
				  rate (front/status_filter.h) */
};

/* What is made of the detector's incidents (engine/ingest_cause.c, engine/ingest_incident.c). */
struct incident_policy {
	double hold_s;              /* unknown users are not believed for so long after a "hold" */
	double mix_half_refusals;   /* a refusal weighs half after so many more */
	double own_fault_providers; /* with an outage of the network at once: it is ours */
};

/* How long the store keeps what (store/store.h). */
struct keep_policy {
	double events_days;
	double minutes_days, hours_days; /* of the lanes: then they become hours, and days */
};

/* When a change outside is told (carom alerts). */
struct alert_policy {
	double source_messages; /* that failed within a week, of a source that is new or went bad */
	double sources_most;    /* told of one domain at a time; the rest is one alert */
	double daily_days;      /* so long, ... */
	double daily_share;     /* ... and on so many of them a report: who sends one a day */
	double silent_days;     /* without a report, and it has stopped */
	double key_days;        /* of a DKIM key */
	double again_days;      /* the same alert is not told again before */
};

/* What becomes of mail at the door (front/door.h). */
enum door_action {
	DOOR_PASS,
	DOOR_DEFER,
	DOOR_REJECT
};

struct door_rules {
	enum door_action suppressed; /* for what providers answered */
	enum door_action asked;      /* by the recipient's or a person's word */
	enum door_action resting;
};

struct door_policy {
	struct door_rules bulk, transactional;
};

#endif
