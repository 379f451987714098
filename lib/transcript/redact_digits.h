/* What digits can be, by their own rules; private to redaction. */
#ifndef TRANSCRIPT_REDACT_DIGITS_H
#define TRANSCRIPT_REDACT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

/* The fewest and most digits of a payment card (ISO/IEC 7812). */
enum { CARD_MIN = 13, CARD_MAX = 19 };

/* In all of these `d` holds `n` ASCII digits. */

/* Does an issuer give out numbers of this beginning and length? */
bool digits_issuer(const char *d, size_t n);

/* The checksum of ISO/IEC 7812-1, annex B. */
bool digits_luhn(const char *d, size_t n);

/* An issuer's number with a right checksum, not one digit over and over. */
bool digits_card(const char *d, size_t n);

/* Nine digits; area 001..899 but 666, no part all zero (SSA, since 2011). */
bool digits_ssn(const char *d, size_t n);

/* Nine digits from 9, group 50-65, 70-88, 90-92 or 94-99 (IRS). */
bool digits_itin(const char *d, size_t n);

/* Nine digits; a Federal Reserve prefix; 3-7-1 checksum (ABA). */
bool digits_routing(const char *d, size_t n);

/* Ten digits, or eleven from 1: area and exchange begin with 2..9 (NANP). */
bool digits_phone(const char *d, size_t n);

/* MMDDYYYY, DDMMYYYY, YYYYMMDD, or six digits MMDDYY; years 1900..2029. */
bool digits_date(const char *d, size_t n);

#endif
