/* A throw-away certificate authority, made when the test runs. */
#ifndef SUPPORT_TEST_CA_H
#define SUPPORT_TEST_CA_H

#include <openssl/ssl.h>

/* Its key and certificate, and a folder with the certificate as PEM. */
struct test_ca {
	EVP_PKEY *key;
	X509 *cert;
	char folder[64]; /* for CAPATH: the file bears its subject's hash */
	char file[128];  /* for CAINFO */
};

/* Makes one in a new folder below /tmp; fails the test if it cannot. */
void test_ca_init(struct test_ca *ca, const char *name);

/* Frees it and removes the folder. */
void test_ca_release(struct test_ca *ca);

/*
 * A server's context with a new certificate of this CA for `names`, written
 * as OpenSSL's subjectAltName ("IP:127.0.0.1,DNS:localhost"); new.
 */
SSL_CTX *test_ca_server(const struct test_ca *ca, const char *names);

#endif
