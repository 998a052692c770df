/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_FINDINGS_H
#define CAROM_AUDIT_FINDINGS_H

/* What an audit can find.  The words for each are in share/audit.yaml under the same name. */

#define AUDIT_FINDINGS(X)           \
	X(spf_missing)              \
	X(spf_several)              \
	X(spf_syntax)               \
	X(spf_ignored)              \
	X(spf_look_alike)           \
	X(spf_lookups)              \
	X(spf_lookups_near)         \
	X(spf_voids)                \
	X(spf_void)                 \
	X(spf_include_broken)       \
	X(spf_loop)                 \
	X(spf_ptr)                  \
	X(spf_all_pass)             \
	X(spf_all_neutral)          \
	X(spf_no_all)               \
	X(spf_after_all)            \
	X(spf_duplicate)            \
	X(spf_long)                 \
	X(spf_wide)                 \
	X(spf_flatten)              \
	X(spf_ip_not_passed)        \
	X(dkim_none)                \
	X(dkim_selector_missing)    \
	X(dkim_unusable)            \
	X(dkim_short)               \
	X(dkim_restricted)          \
	X(dkim_several)             \
	X(dkim_weak)                \
	X(dkim_revoked)             \
	X(dkim_testing)             \
	X(dkim_untidy)              \
	X(dkim_old)                 \
	X(dmarc_missing)            \
	X(dmarc_several)            \
	X(dmarc_misplaced)          \
	X(dmarc_policy_broken)      \
	X(dmarc_no_reports)         \
	X(dmarc_monitors)           \
	X(dmarc_testing)            \
	X(dmarc_subdomains_open)    \
	X(dmarc_sp_ignored)         \
	X(dmarc_gone)               \
	X(dmarc_untidy)             \
	X(dmarc_bad_address)        \
	X(dmarc_no_consent)         \
	X(dmarc_report_host)        \
	X(dmarc_views_differ)       \
	X(mx_missing)               \
	X(mx_null)                  \
	X(mx_null_mixed)            \
	X(mx_no_address)            \
	X(mx_is_address)            \
	X(mx_alias)                 \
	X(dane_unusable)            \
	X(sts_missing)              \
	X(sts_broken)               \
	X(sts_policy_unreachable)   \
	X(sts_policy_broken)        \
	X(sts_policy_mx)            \
	X(sts_policy_weak)          \
	X(tlsrpt_missing)           \
	X(tlsrpt_broken)            \
	X(bimi_broken)              \
	X(bimi_policy)              \
	X(ptr_missing)              \
	X(ptr_unconfirmed)          \
	X(ptr_generic)              \
	X(helo_unconfirmed)         \
	X(msg_unsigned)             \
	X(msg_signature)            \
	X(msg_not_aligned)          \
	X(msg_dmarc_fails)          \
	X(msg_body_open)            \
	X(msg_fields_open)          \
	X(msg_from_open)            \
	X(msg_from_several)         \
	X(msg_unsubscribe_missing)  \
	X(msg_unsubscribe_broken)   \
	X(msg_unsubscribe_unsigned) \
	X(parked_open)              \
	X(name_missing)             \
	X(dns_unknown)

enum finding_id {
#define X(name) FINDING_##name,
	AUDIT_FINDINGS(X)
#undef X
	N_FINDINGS,
};

#endif
