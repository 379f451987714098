/*
 * The engine without a model: answers the five stages from a rule book.
 *
 * Deterministic, opens no connection, costs nothing.  It hears words, not
 * meaning: what it cannot judge it leaves out and says so.
 */
#ifndef RULES_ENGINE_H
#define RULES_ENGINE_H

#include "pipeline/engine.h"
#include "rules/rulebook.h"

/* Answers from the book (borrowed, read-only). */
struct engine rules_engine(const struct rulebook *book);

#endif
