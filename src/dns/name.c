/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/name.h"

#include <arpa/inet.h>

static struct sv
without_dot(struct sv name)
{
	return name.n > 0 && name.p[name.n - 1] == '.' ? sv_head(name, name.n - 1) : name;
}

/* "\." and "\DDD" are one byte of a label. */
static size_t
escape_bytes(struct sv s)
{
	if (s.n >= 4 && char_is_digit(s.p[1]) && char_is_digit(s.p[2]) && char_is_digit(s.p[3])) {
		return 4;
	}
	return s.n < 2 ? 1 : 2;
}

bool
name_is_valid(struct sv name)
{
	size_t label = 0;
	size_t bytes = 0;

	name = without_dot(name);
	if (name.n == 0 || name.n > DNS_TEXT_MAX) {
		return false;
	}
	for (size_t i = 0; i < name.n; i++) {
		bytes++;
		if (name.p[i] == '\\') {
			i += escape_bytes(sv_from_at(name, i)) - 1;
			label++;
		} else if (name.p[i] != '.') {
			label++;
		} else if (label == 0) {
			return false;
		} else {
			label = 0;
		}
		if (label > DNS_LABEL_MAX) {
			return false;
		}
	}
	return label > 0 && bytes <= DNS_NAME_MAX;
}

size_t
name_escape_byte(unsigned char c, char *out)
{
	if (c > ' ' && c < 0x7f) {
		out[0] = char_lower((char)c);
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return 4;
}

size_t
name_present(struct sv name, char *out)
{
	size_t n = 0;

	name = without_dot(name);
	for (size_t i = 0; i < name.n && n + 4 <= DNS_TEXT_MAX; i++) {
		n += name_escape_byte((unsigned char)name.p[i], out + n);
	}
	return n;
}

size_t
name_labels(struct sv name)
{
	size_t n = 1;

	name = without_dot(name);
	for (size_t i = 0; i < name.n; i++) {
		n += name.p[i] == '.';
	}
	return name.n == 0 ? 0 : n;
}

struct sv
name_parent(struct sv name)
{
	ptrdiff_t dot = sv_chr(name, '.');

	return dot < 0 ? (struct sv){ 0 } : sv_from_at(name, (size_t)dot + 1);
}

bool
name_is_within(struct sv name, struct sv top)
{
	name = without_dot(name);
	top = without_dot(top);
	return sv_ieq(name, top) || (top.n > 0 && name.n > top.n && sv_iends(name, top) &&
					name.p[name.n - top.n - 1] == '.');
}

bool
ip_read(struct sv s, struct ip *out)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char text[INET6_ADDRSTRLEN];
	struct ip ip = { .n = 4 };

	if (s.n == 0 || s.n >= sizeof(text) || sv_chr(s, '\0') >= 0) {
		return false;
	}
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET, text, ip.b) != 1) {
		if (inet_pton(AF_INET6, text, ip.b) != 1) {
			return false;
		}
		ip.n = 16;
	}
	if (ip.n == 16 && memcmp(ip.b, mapped, sizeof(mapped)) == 0) {
		memmove(ip.b, ip.b + 12, 4);
		memset(ip.b + 4, 0, 12);
		ip.n = 4;
	}
	*out = ip;
	return true;
}

void
ip_print(const struct ip *ip, struct buf *out)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (ip->n != 0 &&
	    inet_ntop(ip->n == 4 ? AF_INET : AF_INET6, ip->b, text, sizeof(text)) != NULL) {
		buf_str(out, text);
	}
}

void
ip_reverse_name(const struct ip *ip, struct buf *out)
{
	for (unsigned i = ip->n; i-- > 0;) {
		if (ip->n == 4) {
			buf_fmt(out, "%u.", ip->b[i]);
		} else {
			buf_fmt(out, "%x.%x.", ip->b[i] & 15U, (unsigned)(ip->b[i] >> 4));
		}
	}
	buf_str(out, ip->n == 4 ? "in-addr.arpa" : "ip6.arpa");
}

bool
ip_in_net(const struct ip *ip, const unsigned char *net, unsigned net_bytes, unsigned bits)
{
	unsigned whole = bits / 8;
	unsigned rest = bits % 8;

	if (ip->n != net_bytes || bits > net_bytes * 8) {
		return false;
	}
	if (memcmp(ip->b, net, whole) != 0) {
		return false;
	}
	return rest == 0 || ((unsigned)(ip->b[whole] ^ net[whole]) >> (8 - rest)) == 0;
}
