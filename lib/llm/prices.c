/* What a model's tokens cost, as the endpoint's list of models says. */
#include "llm/prices.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "data/json.h"

/* OpenRouter writes prices as decimal strings, in USD a token. */
static bool read_price(const json_t *pricing, const char *name, double *price)
{
	const json_t *value = json_object_get(pricing, name);
	const char *text = json_string_value(value);
	char *end;

	if (json_is_number(value)) {
		*price = json_number_value(value);
		return *price >= 0;
	}
	if (!text || !*text || text[strspn(text, "0123456789.eE-")])
		return false;
	*price = strtod(text, &end);
	return !*end && *price >= 0;
}

static const json_t *find_model(const json_t *list, const char *id)
{
	json_t *model;
	size_t i;

	json_array_foreach (list, i, model) {
		const char *name = json_string_peek(model, "id");

		if (name && strcmp(name, id) == 0)
			return model;
	}
	return NULL;
}

static int take_dearest(const json_t *list, const char *id,
			struct prices *prices, struct error *err)
{
	const json_t *pricing = json_object_get(find_model(list, id),
						"pricing");
	struct prices own;

	if (!read_price(pricing, "prompt", &own.in) ||
	    !read_price(pricing, "completion", &own.out))
		return error_set(err, ERR_CONFIG, NULL,
				 "max-cost: the endpoint's list of models has "
				 "no price of %s; set price-input and "
				 "price-output",
				 id);
	if (own.in > prices->in)
		prices->in = own.in;
	if (own.out > prices->out)
		prices->out = own.out;
	return 0;
}

static int read_list(const struct http_reply *reply, const char *const *models,
		     struct prices *prices, struct error *err)
{
	json_auto_t *root = NULL;

	if (reply->fault == HTTP_OK && reply->status == 200)
		root = json_read(reply->body.data, reply->body.len,
				 &json_default_limits, NULL);
	if (!root)
		return error_set(err, ERR_CONFIG, NULL,
				 "max-cost: no list of models (%s); set "
				 "price-input and price-output",
				 reply->fault != HTTP_OK ? reply->message
							 : "no such answer");
	*prices = (struct prices){ 0, 0 };
	for (; *models; models++)
		if (take_dearest(json_object_get(root, "data"), *models, prices,
				 err) < 0)
			return -1;
	return 0;
}

int prices_fetch(const struct http *http, const char *url,
		 const char *const *headers, const char *const *models,
		 int64_t timeout_ms, struct prices *prices, struct error *err)
{
	const struct http_request request = {
		.method = "GET",
		.url = url,
		.headers = headers,
		.timeout_ms = timeout_ms,
		.reply_limit = LIMIT_REPLY_BYTES,
	};
	struct http_reply reply;
	int rc;

	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	http->perform(http->ctx, &request, &reply);
	rc = read_list(&reply, models, prices, err);
	http_reply_release(&reply);
	return rc;
}
