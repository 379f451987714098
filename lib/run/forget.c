/* --forget CALL_ID: a call's answers leave the state. */
#include "run/forget.h"

#include <errno.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "data/json.h"
#include "llm/state.h"

static int complain(const struct error *err)
{
	log_say(LOG_ERROR, "%s%s%s", err->where, *err->where ? ": " : "",
		err->text);
	return error_status(err->code);
}

static int forget(const struct settings *settings, struct cancel *cancel)
{
	const struct clock clock = clock_system(cancel);
	const struct state_options options = {
		.path = settings->state,
		.wait_lock_ms = (int64_t)settings->wait_lock * 1000,
		.clock = &clock,
	};
	struct error err = ERROR_INIT;
	int64_t count = 0;

	if (state_forget(&options, settings->argument, &count, &err) < 0)
		return complain(&err);
	printf("%lld answers deleted\n", (long long)count);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	error_set(&err, ERR_OUTPUT, "stdout", "%s", strerror(errno));
	return complain(&err);
}

int run_forget(const struct settings *settings)
{
	struct error err = ERROR_INIT;
	struct cancel cancel;
	int status;

	json_setup();
	if (cancel_init(&cancel, &err) < 0)
		return complain(&err);
	status = forget(settings, &cancel);
	cancel_release(&cancel);
	return status;
}
