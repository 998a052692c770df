/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_DMARC_PRIVATE_H
#define CAROM_MAIL_DMARC_PRIVATE_H

/*
 * Between the parts of the report reader: dmarc_xml.c turns bytes into elements and texts
 * (encoding, libxml2), dmarc_tree.c knows which element is what, dmarc_report.c what a value
 * means.  All of it is this folder's own.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "mail/dmarc_report.h"

/* Containers first: they are what a leaf may stand in. */
enum dmarc_elem {
	E_UNKNOWN,
	E_FEEDBACK,
	E_METADATA,
	E_RANGE,
	E_POLICY,
	E_RECORD,
	E_ROW,
	E_EVALUATED,
	E_REASON,
	E_IDENTIFIERS,
	E_AUTH,
	E_DKIM,
	E_SPF,
	E_CONTAINERS,
	E_ADKIM = E_CONTAINERS,
	E_ASPF,
	E_BEGIN,
	E_COMMENT,
	E_CONTACT,
	E_COUNT,
	E_DISCOVERY,
	E_DISPOSITION,
	E_DOMAIN,
	E_EMAIL,
	E_END,
	E_ENVELOPE_FROM,
	E_ENVELOPE_TO,
	E_ERROR,
	E_FO,
	E_GENERATOR,
	E_HEADER_FROM,
	E_HUMAN,
	E_ID,
	E_NP,
	E_ORG,
	E_P,
	E_PCT,
	E_RESULT,
	E_SCOPE,
	E_SELECTOR,
	E_SOURCE_IP,
	E_SP,
	E_TESTING,
	E_TYPE,
	E_VERSION,
	E_ELEMS,
};

struct dmarc_level {
	unsigned char elem;
	unsigned char context; /* the container that children see */
	bool hidden;           /* in an extension: children mean nothing */
};

#define DMARC_NAMES_CACHED 256 /* a power of two */

struct dmarc_xml; /* dmarc_xml.c */

struct dmarc_reader {
	struct dmarc_handler first_handler, handler; /* the second until it wants no more */
	struct dmarc_report report;
	struct dmarc_xml *xml;      /* owned */
	struct arena *report_arena; /* owned: texts of the report */
	struct arena *record_arena; /* owned: texts of the record */

	/* dmarc_tree.c */
	struct dmarc_level level[DMARC_DEPTH_MAX + 1]; /* 0: outside of everything */
	unsigned depth;
	unsigned leaf_depth;            /* 0: no text is wanted */
	const struct dmarc_field *leaf; /* where the text goes */
	struct buf text;                /* owned: of the leaf */
	char root[64];
	bool any_element, feedback, feedback_closed, policy, in_record, stopped;
	struct {
		const void *name; /* of libxml2's dictionary: the same text is the same pointer */
		unsigned char elem;
	} names[DMARC_NAMES_CACHED];

	unsigned char field_at[E_CONTAINERS][E_ELEMS]; /* row in the table of fields + 1 */

	/* the record at work */
	struct dmarc_record record;
	struct dmarc_auth auth[DMARC_RESULTS_MAX];
	struct dmarc_reason reasons[DMARC_REASONS_MAX];
	bool count_said, source_said, result_dropped, reason_dropped;
};

/* ---- dmarc_xml.c ---- */

struct dmarc_xml *dmarc_xml_new(struct dmarc_reader *r);
void dmarc_xml_free(struct dmarc_xml **x);
void dmarc_xml_reset(struct dmarc_xml *x);
void dmarc_xml_feed(struct dmarc_xml *x, struct sv bytes);
void dmarc_xml_end(struct dmarc_xml *x);
/* Do the bytes end without the end of a <feedback>? */
bool dmarc_xml_cut_off(const struct dmarc_xml *x);
/* No more events are wanted. */
void dmarc_xml_stop(struct dmarc_xml *x);

/* ---- dmarc_prolog.c ---- */

enum dmarc_form {
	FORM_AS_THEY_ARE, /* an encoding that libxml2 knows */
	FORM_MEND,        /* UTF-8; bytes that XML forbids become blanks */
	FORM_TO_UTF8,     /* declared as ASCII, ISO 8859-1 or windows-1252: read as the last */
	FORM_WIDE,        /* UTF-16, UTF-32 */
};

bool dmarc_prolog_wide(struct sv s);
/* Takes junk in front of the first '<' away. */
void dmarc_prolog_junk(struct dmarc_reader *r, struct buf *head);
/* Which form the bytes have, and the name of the encoding if libxml2 shall see to it. */
enum dmarc_form dmarc_prolog_form(
    struct dmarc_reader *r, struct sv head, char *name_out, size_t size);
/* What follows the XML declaration, which nobody needs once it was looked at, and a document
 * type definition, which is not read: entities are not for reports. */
struct sv dmarc_prolog_skip(struct dmarc_reader *r, struct sv s);
/* A byte from 0x80 on of windows-1252 as UTF-8. */
void dmarc_prolog_1252(struct buf *b, unsigned char c);

/* ---- dmarc_tree.c ---- */

/* Fills field_at. */
void dmarc_tree_init(struct dmarc_reader *r);
/* `name` stays valid and the same for the same text as long as the parser lives. */
void dmarc_tree_start(struct dmarc_reader *r, const char *name, const char *xmlns);
void dmarc_tree_text(struct dmarc_reader *r, struct sv text);
void dmarc_tree_end(struct dmarc_reader *r);
/* Forgets the pointers of names. */
void dmarc_tree_forget_names(struct dmarc_reader *r);

/* ---- dmarc_report.c ---- */

/* Which text of which struct a leaf is. */
enum dmarc_in {
	IN_REPORT,
	IN_RECORD,
	IN_AUTH,
	IN_REASON
};
enum dmarc_how {
	AS_TEXT,
	AS_LOWER,
	AS_TIME,
	AS_COUNT,
	AS_IP,
	AS_DISPOSITION,
	AS_ALIGNED,
	AS_RESULT,
	AS_ENVELOPE,
};
struct dmarc_field {
	unsigned char context, elem;
	unsigned char in, how;
	size_t offset;
	bool only_rfc9990;
};

void dmarc_record_begin(struct dmarc_reader *r);
void dmarc_record_result(struct dmarc_reader *r, enum dmarc_auth_kind kind);
void dmarc_record_reason(struct dmarc_reader *r);
void dmarc_record_end(struct dmarc_reader *r);
/* The text of the leaf is complete. */
void dmarc_value(struct dmarc_reader *r, const struct dmarc_field *f, struct sv text);
void dmarc_fault(struct dmarc_reader *r, enum dmarc_fault_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
