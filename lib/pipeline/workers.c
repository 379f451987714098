/* The threads that evaluate stages. */
#include "pipeline/workers.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

/* Straight-line code with its large buffers on the heap. */
enum { STACK_BYTES = 256 * 1024 };

static void *work(void *pipeline)
{
	pipeline_work(pipeline);
	return NULL;
}

int workers_start(struct workers *w, struct pipeline *p, size_t wanted,
		  struct error *err)
{
	pthread_attr_t attr;
	int rc = 0;

	w->threads = xcalloc(wanted, sizeof(*w->threads));
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (w->count = 0; w->count < wanted; w->count++) {
		rc = pthread_create(&w->threads[w->count], &attr, work, p);
		if (rc != 0)
			break;
	}
	pthread_attr_destroy(&attr);
	if (w->count == 0) {
		free(w->threads);
		return error_set(err, ERR_TEMPORARY, NULL,
				 "no thread can be started: %s", strerror(rc));
	}
	if (rc != 0)
		log_say(LOG_WARNING, "only %zu of %zu jobs: %s", w->count,
			wanted, strerror(rc));
	return 0;
}

void workers_join(struct workers *w)
{
	for (size_t i = 0; i < w->count; i++)
		pthread_join(w->threads[i], NULL);
	free(w->threads);
}
