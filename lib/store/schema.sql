-- The tables that `callqa --store` and callqa-store write to.
--
-- For Supabase (paste it into the SQL editor, or run it by psql) and for any
-- PostgreSQL from 14 on.  It can be run again at any time: what is there is
-- kept, what is missing is made, grants and policies are set anew.

begin;

set local client_min_messages to warning; -- "already exists" is no news
set local search_path to public;

-- Two people who run this at the same moment come one after the other.
do $$ begin perform pg_catalog.pg_advisory_xact_lock(7302185041); end $$;

-- One row a call: its newest evaluation that came out whole.
create table if not exists eavesly_evaluation_results (
	call_id                  text primary key,
	agent_id                 text not null,
	correlation_id           text not null,
	processing_time_ms       integer not null,
	classification_result    jsonb not null,
	script_deviation_result  jsonb not null,
	compliance_result        jsonb not null,
	communication_result     jsonb not null,
	deep_dive_result         jsonb, -- null: none was needed
	api_overall_score        smallint not null,
	api_evaluation_timestamp timestamptz not null,
	evaluation_version       text not null default 'v1',
	-- not in the report
	created_at               timestamptz not null default now(),
	updated_at               timestamptz not null default now(),
	violation_count          integer generated always as (
		case jsonb_typeof(compliance_result #> '{summary,violations}')
		when 'array' then jsonb_array_length(
			compliance_result #> '{summary,violations}')
		end) stored,

	constraint eavesly_results_ids check (
		call_id <> '' and agent_id <> '' and correlation_id <> ''),
	constraint eavesly_results_score check (
		api_overall_score between 1 and 100),
	constraint eavesly_results_time check (processing_time_ms >= 0),
	-- A JSON null or a list here would be a stage that did not answer.
	constraint eavesly_results_objects check (
		jsonb_typeof(classification_result) = 'object'
		and jsonb_typeof(script_deviation_result) = 'object'
		and jsonb_typeof(compliance_result) = 'object'
		and jsonb_typeof(communication_result) = 'object'
		and coalesce(jsonb_typeof(deep_dive_result), 'object')
			= 'object')
);

-- One row an evaluation that did not come out whole.
create table if not exists eavesly_api_logs (
	id                 bigint generated always as identity primary key,
	correlation_id     text not null,
	endpoint           text not null,
	http_method        text not null default 'POST',
	http_status_code   smallint not null,
	processing_time_ms integer not null,
	error_message      text,
	request_timestamp  timestamptz not null default now(),

	constraint eavesly_logs_status check (
		http_status_code between 100 and 599),
	constraint eavesly_logs_time check (processing_time_ms >= 0)
);

-- An agent's latest calls; a night's calls; the calls that broke a rule
-- (compliance_result #> '{summary,violations}' ? 'Name'); from a log line to
-- its row.
create index if not exists eavesly_results_by_agent
	on eavesly_evaluation_results
	(agent_id, api_evaluation_timestamp desc);
create index if not exists eavesly_results_by_time
	on eavesly_evaluation_results (api_evaluation_timestamp desc);
create index if not exists eavesly_results_by_violation
	on eavesly_evaluation_results
	using gin ((compliance_result #> '{summary,violations}'));
create index if not exists eavesly_results_by_correlation
	on eavesly_evaluation_results (correlation_id);
create index if not exists eavesly_logs_by_time
	on eavesly_api_logs (request_timestamp desc);
create index if not exists eavesly_logs_by_correlation
	on eavesly_api_logs (correlation_id);

-- An upsert of a call that is there is an update.  One that brings an older
-- evaluation than the row has changes nothing, and its row is not among those
-- that the statement returns: that is how callqa learns of it.
create or replace function eavesly_keep_newest() returns trigger
	language plpgsql
	set search_path = ''
as $$
begin
	if new.api_evaluation_timestamp < old.api_evaluation_timestamp then
		return null;
	end if;
	new.created_at := old.created_at;
	new.updated_at := pg_catalog.clock_timestamp();
	return new;
end
$$;

create or replace trigger eavesly_keep_newest
	before update on eavesly_evaluation_results
	for each row execute function eavesly_keep_newest();

-- What callers said is nobody's but the service's.  Policies are kept by roles
-- that do not bypass them; grants are needed by every role, and Supabase gives
-- none on new tables since 30 October 2026.
alter table eavesly_evaluation_results enable row level security;
alter table eavesly_api_logs enable row level security;
revoke all on eavesly_evaluation_results, eavesly_api_logs from public;
revoke all on function eavesly_keep_newest() from public;

do $$
declare
	role_name text;
	table_name text;
begin
	foreach role_name in array array['anon', 'authenticated'] loop
		if exists (select from pg_catalog.pg_roles
				where rolname = role_name) then
			execute pg_catalog.format('revoke all on
				eavesly_evaluation_results, eavesly_api_logs
				from %I', role_name);
			execute pg_catalog.format('revoke all on function
				eavesly_keep_newest() from %I', role_name);
		end if;
	end loop;

	if not exists (select from pg_catalog.pg_roles
			where rolname = 'service_role') then
		return; -- no Supabase: grants are the owner's business
	end if;
	execute pg_catalog.format('grant usage on schema %I to service_role',
		current_schema());
	foreach table_name in array
		array['eavesly_evaluation_results', 'eavesly_api_logs'] loop
		execute pg_catalog.format('grant select, insert, update, delete
			on %I to service_role', table_name);
		execute pg_catalog.format('drop policy if exists eavesly_service
			on %I', table_name);
		execute pg_catalog.format('create policy eavesly_service on %I
			for all to service_role using (true)
			with check (true)', table_name);
	end loop;
end
$$;

comment on table eavesly_evaluation_results is
	'callqa: the newest whole evaluation of each call';
comment on table eavesly_api_logs is
	'callqa: evaluations that came out partial or failed';

commit;

-- The REST server looks at the tables again (Supabase does so by itself).
notify pgrst, 'reload schema';
