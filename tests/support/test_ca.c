/* A throw-away certificate authority, made when the test runs. */
#include "support/test_ca.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* last: it needs the three before */
#include <cmocka.h>

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* A certificate for `key`, valid from an hour ago for a day; unsigned. */
static X509 *new_cert(EVP_PKEY *key, const char *name, long serial)
{
	X509 *cert = X509_new();
	X509_NAME *subject;

	assert_non_null(cert);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_set_pubkey(cert, key);
	subject = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	return cert;
}

void test_ca_init(struct test_ca *ca, const char *name)
{
	FILE *file;

	ca->key = EVP_EC_gen("P-256");
	assert_non_null(ca->key);
	ca->cert = new_cert(ca->key, name, 1);
	X509_set_issuer_name(ca->cert, X509_get_subject_name(ca->cert));
	add_extension(ca->cert, ca->cert, NID_basic_constraints,
		      "critical,CA:TRUE");
	add_extension(ca->cert, ca->cert, NID_key_usage,
		      "critical,keyCertSign");
	add_extension(ca->cert, ca->cert, NID_subject_key_identifier, "hash");
	assert_true(X509_sign(ca->cert, ca->key, EVP_sha256()) > 0);

	snprintf(ca->folder, sizeof(ca->folder), "/tmp/test-ca-XXXXXX");
	assert_non_null(mkdtemp(ca->folder));
	snprintf(ca->file, sizeof(ca->file), "%s/%08lx.0", ca->folder,
		 X509_subject_name_hash(ca->cert));
	file = fopen(ca->file, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, ca->cert), 1);
	assert_int_equal(fclose(file), 0);
}

void test_ca_release(struct test_ca *ca)
{
	unlink(ca->file);
	rmdir(ca->folder);
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
}

SSL_CTX *test_ca_server(const struct test_ca *ca, const char *names)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert;

	assert_non_null(ctx);
	assert_non_null(key);
	cert = new_cert(key, "Test server", 2);
	X509_set_issuer_name(cert, X509_get_subject_name(ca->cert));
	add_extension(cert, ca->cert, NID_subject_alt_name, names);
	assert_true(X509_sign(cert, ca->key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}
