/* The model's endpoint: whose it is, and the URLs below its base. */
#include "run/endpoint.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"
#include "net/http.h"

bool is_openrouter(const char *url)
{
	static const char name[] = "openrouter.ai";
	const size_t n = sizeof(name) - 1;
	struct http_target target;
	size_t len;

	if (http_parse_url(url, &target, NULL) < 0)
		return false;
	len = strlen(target.host);
	if (len > 0 && target.host[len - 1] == '.')
		len--;
	return len >= n && strncasecmp(target.host + len - n, name, n) == 0 &&
	       (len == n || target.host[len - n - 1] == '.');
}

char *endpoint_url(const char *base, const char *path)
{
	size_t stem = strcspn(base, "?");
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	buf_put(&b, base, stem);
	buf_puts(&b, path);
	buf_puts(&b, base + stem);
	return buf_take(&b);
}
