/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "mail/dmarc_private.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>

#define HEAD_BYTES  4096  /* looked at before the parser sees the first byte */
#define PIECE_BYTES 16384 /* given to the parser at once where bytes have to be mended */
#define WRAPPERS    32    /* elements put around: a few ends too many do not end the document */
#define TAIL_BYTES  64    /* of the end, where </feedback> should be */
#define DICT_MAX    4096  /* names after which a parser is thrown away: strangers choose them */

struct dmarc_xml {
	struct dmarc_reader *reader; /* borrowed */
	xmlSAXHandler sax;
	xmlParserCtxtPtr parser; /* owned */
	struct buf head;         /* owned: until there is enough to look at */
	struct buf piece;        /* owned */
	enum dmarc_form form;
	bool started;
	uint64_t errors;
	unsigned wrappers;  /* how many of ours were seen */
	unsigned char high; /* bytes from here on have to be mended */
	char tail[TAIL_BYTES];
	size_t n_tail;
};

/* ---- from libxml2 ---- */

static void // NOLINTNEXTLINE(readability-function-size): libxml2 asks for it
on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
    const xmlChar **attributes)
{
	struct dmarc_xml *x = context;

	(void)prefix, (void)namespaces, (void)n_defaulted, (void)attributes;
	if (n_attributes + n_namespaces > DMARC_ATTRIBUTES_MAX) {
		dmarc_fault(x->reader, DMARC_TOO_MANY, "an element has more than %d attributes",
		    DMARC_ATTRIBUTES_MAX);
		dmarc_xml_stop(x);
		return;
	}
	if (x->form != FORM_WIDE && x->wrappers < WRAPPERS) {
		x->wrappers++;
		return;
	}
	dmarc_tree_start(x->reader, (const char *)name, (const char *)uri);
}

static void
on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)name, (void)prefix, (void)uri;
	dmarc_tree_end(((struct dmarc_xml *)context)->reader);
}

static void
on_text(void *context, const xmlChar *p, int n)
{
	dmarc_tree_text(((struct dmarc_xml *)context)->reader, sv_make((const char *)p, (size_t)n));
}

static void
on_dtd(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	dmarc_fault(((struct dmarc_xml *)context)->reader, DMARC_DTD,
	    "it has a document type definition, which is not read");
}

/* Complaints of the parser that are no broken markup. */
static const struct {
	int code;
	enum dmarc_fault_kind kind; /* DMARC_FAULTS: none */
} complaints[] = {
	{ XML_ERR_DOCUMENT_EMPTY, DMARC_FAULTS }, /* said better by who asked */
	{ XML_ERR_DOCUMENT_END, DMARC_FAULTS },   /* said at the end, with what was open */
	{ XML_ERR_UNDECLARED_ENTITY, DMARC_DTD },
	{ XML_WAR_UNDECLARED_ENTITY, DMARC_DTD },
	{ XML_ERR_INVALID_CHAR, DMARC_BAD_ENCODING },
	{ XML_ERR_INVALID_ENCODING, DMARC_BAD_ENCODING },
	{ XML_ERR_UNKNOWN_ENCODING, DMARC_BAD_ENCODING },
	{ XML_ERR_UNSUPPORTED_ENCODING, DMARC_BAD_ENCODING },
	{ XML_NS_ERR_UNDEFINED_NAMESPACE, DMARC_FAULTS }, /* a prefix nobody declared: no matter */
	{ XML_NS_ERR_XML_NAMESPACE, DMARC_FAULTS },
	{ XML_NS_ERR_QNAME, DMARC_FAULTS },
	{ XML_WAR_NS_URI, DMARC_FAULTS },
	{ XML_WAR_NS_URI_RELATIVE, DMARC_FAULTS },
};

static void
on_error(void *context, xmlErrorPtr e)
{
	struct dmarc_xml *x = context;
	struct dmarc_reader *r = x->reader;
	enum dmarc_fault_kind kind = DMARC_BROKEN_XML;
	struct sv text = sv_trim(sv_from(e->message));

	x->errors++;
	if (r->stopped || e->code == XML_ERR_USER_STOP) {
		return;
	}
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		kind = complaints[i].code == e->code ? complaints[i].kind : kind;
	}
	if (kind != DMARC_FAULTS) {
		dmarc_fault(r, kind, "line %d: %.*s", e->line, SV_ARG(sv_head(text, 160)));
	}
}

/* ---- bytes ---- */

/* Control characters that no XML may have. */
static bool
is_forbidden(unsigned char c)
{
	return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

static void
parse(struct dmarc_xml *x, struct sv s)
{
	if (s.n > 0 && !x->reader->stopped) {
		(void)xmlParseChunk(x->parser, s.p, (int)s.n, 0);
	}
	if (x->reader->stopped) {
		return;
	}
	/* A tag is read when its end has come: with the square of its attributes. */
	if (x->parser->instate == XML_PARSER_START_TAG && x->parser->input != NULL &&
	    x->parser->input->end - x->parser->input->cur > DMARC_TAG_MAX) {
		dmarc_fault(
		    x->reader, DMARC_TOO_MANY, "a tag is longer than %d bytes", DMARC_TAG_MAX);
		dmarc_xml_stop(x);
		return;
	}
	/* libxml2's table of names gets slow with the square of their number. */
	if (xmlDictSize(x->parser->dict) > DMARC_NAMES_MAX + DICT_MAX) {
		dmarc_fault(
		    x->reader, DMARC_TOO_MANY, "more than %d different names", DMARC_NAMES_MAX);
		dmarc_xml_stop(x);
	} else if (x->errors > DMARC_ERRORS_MAX) {
		dmarc_fault(
		    x->reader, DMARC_TOO_MANY, "more than %d errors in the XML", DMARC_ERRORS_MAX);
		dmarc_xml_stop(x);
	}
}

/* With bytes that XML forbids as blanks, and old encodings as UTF-8. */
static void
parse_mended(struct dmarc_xml *x, struct sv s)
{
	buf_clear(&x->piece);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_forbidden(c)) {
			dmarc_fault(x->reader, DMARC_BAD_ENCODING,
			    "it holds control characters such as 0x%02x, read as blanks", c);
			buf_char(&x->piece, ' ');
		} else if (c >= 0x80 && x->form == FORM_TO_UTF8) {
			dmarc_prolog_1252(&x->piece, c);
		} else {
			buf_char(&x->piece, (char)c);
		}
	}
	parse(x, buf_view(&x->piece));
}

/* Sixteen bytes at once: every byte of a large report passes here. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));

static bool
needs_mending(const struct dmarc_xml *x, struct sv s)
{
	bytes16 bad = { 0 };
	unsigned rest = 0;
	size_t i = 0;

	for (; i + sizeof(bad) <= s.n; i += sizeof(bad)) {
		bytes16 c;

		memcpy(&c, s.p + i, sizeof(c));
		bad |= (bytes16)((c < 0x20) & (c != '\t') & (c != '\n') & (c != '\r'));
		bad |= (bytes16)(c >= x->high);
	}
	for (; i < s.n; i++) {
		rest |= is_forbidden((unsigned char)s.p[i]) | ((unsigned char)s.p[i] >= x->high);
	}
	for (i = 0; i < sizeof(bad); i++) {
		rest |= bad[i];
	}
	return rest != 0;
}

static void
feed_form(struct dmarc_xml *x, struct sv bytes)
{
	while (bytes.n > 0 && !x->reader->stopped) {
		struct sv s = sv_head(bytes, PIECE_BYTES);

		bytes = sv_from_at(bytes, s.n);
		if ((x->form == FORM_MEND || x->form == FORM_TO_UTF8) && needs_mending(x, s)) {
			parse_mended(x, s);
		} else {
			parse(x, s);
		}
	}
}

static void
begin_parser(struct dmarc_xml *x, struct sv first, const char *encoding)
{
	(void)xmlCtxtResetPush(x->parser, first.p, (int)first.n, NULL, encoding);
	(void)xmlCtxtUseOptions(x->parser, XML_PARSE_RECOVER | XML_PARSE_NONET);
}

static void
start(struct dmarc_xml *x)
{
	char encoding[64] = "";

	x->started = true;
	if (dmarc_prolog_wide(buf_view(&x->head))) {
		x->form = FORM_WIDE;
		begin_parser(x, sv_head(buf_view(&x->head), 4), NULL);
		feed_form(x, sv_from_at(buf_view(&x->head), 4));
		return;
	}
	dmarc_prolog_junk(x->reader, &x->head);
	x->form = dmarc_prolog_form(x->reader, buf_view(&x->head), encoding, sizeof(encoding));
	x->high = x->form == FORM_TO_UTF8 ? 0x80 : 0xff; /* 0xff is in no UTF-8 */
	begin_parser(x, (struct sv){ 0 }, encoding[0] == '\0' ? NULL : encoding);
	buf_clear(&x->piece);
	for (unsigned i = 0; i < WRAPPERS; i++) {
		buf_str(&x->piece, "<_>");
	}
	parse(x, buf_view(&x->piece));
	feed_form(x, dmarc_prolog_skip(x->reader, buf_view(&x->head)));
}

static void
note_tail(struct dmarc_xml *x, struct sv s)
{
	size_t keep;

	if (s.n > TAIL_BYTES) {
		s = sv_from_at(s, s.n - TAIL_BYTES);
	}
	keep = TAIL_BYTES - s.n < x->n_tail ? TAIL_BYTES - s.n : x->n_tail;
	memmove(x->tail, x->tail + x->n_tail - keep, keep);
	if (s.n > 0) {
		memcpy(x->tail + keep, s.p, s.n);
	}
	x->n_tail = keep + s.n;
}

void
dmarc_xml_feed(struct dmarc_xml *x, struct sv bytes)
{
	note_tail(x, bytes);
	if (!x->started) {
		struct sv first = sv_head(bytes, HEAD_BYTES - x->head.n);

		buf_sv(&x->head, first);
		bytes = sv_from_at(bytes, first.n);
		if (x->head.n < HEAD_BYTES) {
			return;
		}
		start(x);
	}
	feed_form(x, bytes);
}

bool
dmarc_xml_cut_off(const struct dmarc_xml *x)
{
	return x->form != FORM_WIDE && sv_find(sv_make(x->tail, x->n_tail), SV("feedback>")) < 0;
}

void
dmarc_xml_end(struct dmarc_xml *x)
{
	if (!x->started) {
		start(x);
	}
	if (!x->reader->stopped) {
		(void)xmlParseChunk(x->parser, NULL, 0, 1);
	}
}

void
dmarc_xml_stop(struct dmarc_xml *x)
{
	x->reader->stopped = true;
	xmlStopParser(x->parser);
}

/* ---- life ---- */

static void
make_parser(struct dmarc_xml *x)
{
	x->parser = xmlCreatePushParserCtxt(&x->sax, x, NULL, 0, NULL);
	check(x->parser != NULL);
}

struct dmarc_xml *
dmarc_xml_new(struct dmarc_reader *r)
{
	struct dmarc_xml *x = mem_new(1, sizeof(*x));

	xmlInitParser();
	x->reader = r;
	x->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text, /* the same: then it does not look for blanks */
		.cdataBlock = on_text,
		.internalSubset = on_dtd,
		.serror = on_error,
	};
	buf_init(&x->head, HEAD_BYTES);
	buf_init(&x->piece, (size_t)4 * PIECE_BYTES);
	make_parser(x);
	return x;
}

void
dmarc_xml_reset(struct dmarc_xml *x)
{
	x->started = false;
	x->wrappers = 0;
	x->errors = 0;
	x->n_tail = 0;
	buf_clear(&x->head);
	if (xmlDictSize(x->parser->dict) > DICT_MAX) {
		xmlFreeParserCtxt(x->parser);
		make_parser(x);
		dmarc_tree_forget_names(x->reader);
	}
}

void
dmarc_xml_free(struct dmarc_xml **px)
{
	struct dmarc_xml *x = *px;

	if (x == NULL) {
		return;
	}
	xmlFreeParserCtxt(x->parser);
	buf_done(&x->head);
	buf_done(&x->piece);
	free(x);
	*px = NULL;
}
