-- What every table, view and column means; shown by psql's \d+, DBeaver, Metabase and others.

COMMENT ON TABLE usage.product_event IS
'Every exported event once, by Mixpanel''s own key; partitions by month in UTC';
COMMENT ON COLUMN usage.product_event.distinct_id IS
'Mixpanel''s distinct_id: a user id, an e-mail address, a username or a device id';
COMMENT ON COLUMN usage.product_event."time" IS
'When the event happened, in UTC';
COMMENT ON COLUMN usage.product_event.event IS
'Name of the event, as Mixpanel spells it';
COMMENT ON COLUMN usage.product_event.insert_id IS
'Mixpanel''s $insert_id, which tells repeated deliveries apart; made of the content where an event has none';
COMMENT ON COLUMN usage.product_event.properties IS
'All other properties under Mixpanel''s own names, numbers with all their digits';
COMMENT ON COLUMN usage.product_event.processed_at IS
'When Mixpanel processed the event, in UTC; none if the event doesn''t say';
COMMENT ON COLUMN usage.product_event.run_id IS
'The run of usage.etl_run that wrote the event last';
COMMENT ON COLUMN usage.product_event.loaded_at IS
'When the event was written last';
COMMENT ON COLUMN usage.product_event.line_digest IS
'Digest of the exported line and the settings of the load; an equal line needs no second look';

COMMENT ON TABLE usage.etl_run IS
'Every run of a command that changes events';
COMMENT ON COLUMN usage.etl_run.run_id IS
'Number of the run; later runs have greater ones';
COMMENT ON COLUMN usage.etl_run.command IS
'What ran, for example mixpanel load';
COMMENT ON COLUMN usage.etl_run.state IS
'running, done, failed, or interrupted (killed)';
COMMENT ON COLUMN usage.etl_run.host IS
'The machine it ran on';
COMMENT ON COLUMN usage.etl_run.pid IS
'Its process on that machine';
COMMENT ON COLUMN usage.etl_run.started_at IS
'When it began';
COMMENT ON COLUMN usage.etl_run.finished_at IS
'When it ended; none while it runs or if it was killed';
COMMENT ON COLUMN usage.etl_run.message IS
'Why it failed';

COMMENT ON TABLE usage.etl_slice IS
'Each load of each day; exported = inserted + updated + unchanged + duplicate + rejected';
COMMENT ON COLUMN usage.etl_slice.day IS
'The day, in time_zone';
COMMENT ON COLUMN usage.etl_slice.state IS
'loaded, refused (the day would have shrunk) or failed';
COMMENT ON COLUMN usage.etl_slice.exported IS
'Lines of the export that the filters of [load] left';
COMMENT ON COLUMN usage.etl_slice.inserted IS
'New events';
COMMENT ON COLUMN usage.etl_slice.updated IS
'Events whose properties changed';
COMMENT ON COLUMN usage.etl_slice.deleted IS
'Events that the export no longer has';
COMMENT ON COLUMN usage.etl_slice.unchanged IS
'Events that were stored as they came';
COMMENT ON COLUMN usage.etl_slice.duplicate IS
'Lines with the key of another line that was processed later';
COMMENT ON COLUMN usage.etl_slice.rejected IS
'Lines that can''t be stored, kept in usage.event_reject';
COMMENT ON COLUMN usage.etl_slice.filtered IS
'Lines that the filters of [load] left out';
COMMENT ON COLUMN usage.etl_slice.time_zone IS
'IANA name of the zone in which the day begins and ends';
COMMENT ON COLUMN usage.etl_slice.stored_mark IS
'Number and fingerprint of the day''s events after the load, by which later changes are noticed';
COMMENT ON COLUMN usage.etl_slice.message IS
'Why the day was refused or failed';
COMMENT ON COLUMN usage.etl_slice.started_at IS
'When the load of the day began';
COMMENT ON COLUMN usage.etl_slice.finished_at IS
'When it ended';
COMMENT ON COLUMN usage.etl_slice.run_id IS
'The run of usage.etl_run';

COMMENT ON TABLE usage.event_reject IS
'Lines of a day, as last exported, that can''t be stored';
COMMENT ON COLUMN usage.event_reject.run_id IS
'The run that rejected the line first';
COMMENT ON COLUMN usage.event_reject.day IS
'The day that was loaded';
COMMENT ON COLUMN usage.event_reject.line IS
'The line as it was received';
COMMENT ON COLUMN usage.event_reject.reason IS
'Why it can''t be stored';
COMMENT ON COLUMN usage.event_reject.line_sha256 IS
'Hash of the line, which finds it again';
COMMENT ON COLUMN usage.event_reject.copy IS
'Number among equal lines of the day, from 1';

COMMENT ON TABLE usage.identity IS
'What each id that events carry means';
COMMENT ON COLUMN usage.identity.id IS
'The id as the event has it';
COMMENT ON COLUMN usage.identity.user_id IS
'The user; none if nobody or several users match';
COMMENT ON COLUMN usage.identity.resolution IS
'How it was found: alias, user_id, email, username; or ambiguous, anonymous (a device), unknown';
COMMENT ON COLUMN usage.identity.candidates IS
'How many users it could mean by any rule';
COMMENT ON COLUMN usage.identity.resolved_at IS
'When the meaning changed last';

COMMENT ON TABLE usage.identity_alias IS
'Ids that a person assigned to a user; they win over every other rule';
COMMENT ON COLUMN usage.identity_alias.distinct_id IS
'The id';
COMMENT ON COLUMN usage.identity_alias.user_id IS
'The user';
COMMENT ON COLUMN usage.identity_alias.source IS
'Who or what assigned it';
COMMENT ON COLUMN usage.identity_alias.note IS
'Why';

COMMENT ON TABLE usage.event_ids IS
'Each combination of ids that events carry, resolved to a user once';
COMMENT ON COLUMN usage.event_ids.ids IS
'Number of the combination';
COMMENT ON COLUMN usage.event_ids.user_property IS
'The property $user_id';
COMMENT ON COLUMN usage.event_ids.distinct_id IS
'The distinct_id';
COMMENT ON COLUMN usage.event_ids.before_identity IS
'The property $distinct_id_before_identity';
COMMENT ON COLUMN usage.event_ids.original_id IS
'The property mp_original_distinct_id';
COMMENT ON COLUMN usage.event_ids.user_id IS
'The user: the first of the ids, in this order, that means one';
COMMENT ON COLUMN usage.event_ids.resolution IS
'How the user was found, as in usage.identity';
COMMENT ON COLUMN usage.event_ids.candidates IS
'How many users it could mean';

COMMENT ON TABLE usage.id_day IS
'Roll-up of the events: what each combination of ids did on each day; kept when events are archived';
COMMENT ON COLUMN usage.id_day.ids IS
'The combination in usage.event_ids';
COMMENT ON COLUMN usage.id_day.day IS
'The day, in the zone of the export';
COMMENT ON COLUMN usage.id_day.event IS
'Name of the event';
COMMENT ON COLUMN usage.id_day.events IS
'How many there were';
COMMENT ON COLUMN usage.id_day.first_at IS
'Time of the first one';
COMMENT ON COLUMN usage.id_day.last_at IS
'Time of the last one';

COMMENT ON TABLE usage.event_product IS
'Products of events whose names don''t begin with Atla or Sol';
COMMENT ON COLUMN usage.event_product.event IS
'Name of the event';
COMMENT ON COLUMN usage.event_product.product IS
'Atla or Sol; none for an event of both';

COMMENT ON TABLE usage.job_type IS
'Roles that users have in their companies';
COMMENT ON COLUMN usage.job_type.id IS
'Number of the role';
COMMENT ON COLUMN usage.job_type.name IS
'Its name, as in the list of users';

COMMENT ON TABLE usage.group_type IS
'Types of companies';
COMMENT ON COLUMN usage.group_type.id IS
'Number of the type';
COMMENT ON COLUMN usage.group_type.name IS
'Enterprise, SMB (account size below smb_below) or Oseberg';

COMMENT ON TABLE usage.user_job IS
'What is added to users whose table stays untouched (accounts mode side)';
COMMENT ON COLUMN usage.user_job.user_id IS
'The user';
COMMENT ON COLUMN usage.user_job.job_type_id IS
'The role, in usage.job_type';
COMMENT ON COLUMN usage.user_job.products IS
'Products the user is entitled to, Atla;Sol; none means both';

COMMENT ON TABLE usage.group_class IS
'What is added to companies whose table stays untouched (accounts mode side)';
COMMENT ON COLUMN usage.group_class.group_id IS
'The company';
COMMENT ON COLUMN usage.group_class.group_type_id IS
'A type that a person set; none: derived from the size';
COMMENT ON COLUMN usage.group_class.salesforce_id IS
'The company''s account in Salesforce';

COMMENT ON TABLE usage.user_fact IS
'Dates and segments of users, from the lists';
COMMENT ON COLUMN usage.user_fact.user_id IS
'The user';
COMMENT ON COLUMN usage.user_fact.created_on IS
'First day as a user, where a list names it';
COMMENT ON COLUMN usage.user_fact.disabled_on IS
'First day of being disabled, where a list names it';
COMMENT ON COLUMN usage.user_fact.segments IS
'Declared segments and their present values';

COMMENT ON TABLE usage.group_fact IS
'Dates, money, owner and segments of companies, from the lists';
COMMENT ON COLUMN usage.group_fact.group_id IS
'The company';
COMMENT ON COLUMN usage.group_fact.started_on IS
'First day as a customer';
COMMENT ON COLUMN usage.group_fact.cancelled_on IS
'First day after the contract';
COMMENT ON COLUMN usage.group_fact.renewal_on IS
'Day of the next renewal';
COMMENT ON COLUMN usage.group_fact.arr IS
'Annual recurring revenue, in currency';
COMMENT ON COLUMN usage.group_fact.currency IS
'ISO 4217 code of arr';
COMMENT ON COLUMN usage.group_fact.owner IS
'Who looks after the company';
COMMENT ON COLUMN usage.group_fact.segments IS
'Declared segments and their present values';

COMMENT ON TABLE usage.user_history IS
'What users were on each day: every change opens a new interval';
COMMENT ON COLUMN usage.user_history.user_id IS
'The user';
COMMENT ON COLUMN usage.user_history.valid_from IS
'First day of the facts, in the accounts'' zone';
COMMENT ON COLUMN usage.user_history.valid_to IS
'First day on which they no longer hold; none: until further notice';
COMMENT ON COLUMN usage.user_history.group_id IS
'The company';
COMMENT ON COLUMN usage.user_history.enabled IS
'Whether the user was enabled';
COMMENT ON COLUMN usage.user_history.job_type IS
'The role';
COMMENT ON COLUMN usage.user_history.products IS
'Entitled products, Atla;Sol; none means both';
COMMENT ON COLUMN usage.user_history.segments IS
'Declared segments and their values';
COMMENT ON COLUMN usage.user_history.recorded_at IS
'When the interval was written';

COMMENT ON TABLE usage.group_history IS
'What companies were on each day: every change opens a new interval';
COMMENT ON COLUMN usage.group_history.group_id IS
'The company';
COMMENT ON COLUMN usage.group_history.valid_from IS
'First day of the facts, in the accounts'' zone';
COMMENT ON COLUMN usage.group_history.valid_to IS
'First day on which they no longer hold; none: until further notice';
COMMENT ON COLUMN usage.group_history.group_type IS
'Enterprise, SMB or Oseberg; none if the size was unknown';
COMMENT ON COLUMN usage.group_history.account_size IS
'Account size in dollars';
COMMENT ON COLUMN usage.group_history.renewal_on IS
'Day of the next renewal';
COMMENT ON COLUMN usage.group_history.arr IS
'Annual recurring revenue, in currency';
COMMENT ON COLUMN usage.group_history.currency IS
'ISO 4217 code of arr';
COMMENT ON COLUMN usage.group_history.owner IS
'Who looked after the company';
COMMENT ON COLUMN usage.group_history.segments IS
'Declared segments and their values';
COMMENT ON COLUMN usage.group_history.recorded_at IS
'When the interval was written';

COMMENT ON TABLE usage.account_list IS
'The days whose lists of users and companies were imported';
COMMENT ON COLUMN usage.account_list.as_of IS
'The day of the list, in the accounts'' zone';
COMMENT ON COLUMN usage.account_list.users IS
'Users on the list';
COMMENT ON COLUMN usage.account_list.groups IS
'Companies on the list';
COMMENT ON COLUMN usage.account_list.recorded_at IS
'When it was imported';

COMMENT ON TABLE usage.score_model IS
'The models that scored; a version never changes';
COMMENT ON COLUMN usage.score_model.model_version IS
'Version of the model';
COMMENT ON COLUMN usage.score_model.definition IS
'The whole model';
COMMENT ON COLUMN usage.score_model.sha256 IS
'Hash of the model';
COMMENT ON COLUMN usage.score_model.created_at IS
'When it was stored';

COMMENT ON TABLE usage.score_reference IS
'The references that scores were compared with; one never changes';
COMMENT ON COLUMN usage.score_reference.reference_id IS
'Name of the reference';
COMMENT ON COLUMN usage.score_reference.model_version IS
'The model it was fitted with';
COMMENT ON COLUMN usage.score_reference.weeks IS
'Mondays of the weeks it was fitted on';
COMMENT ON COLUMN usage.score_reference.cuts IS
'The cut-offs of each metric';
COMMENT ON COLUMN usage.score_reference.users IS
'How many user-weeks it was fitted on';
COMMENT ON COLUMN usage.score_reference.created_at IS
'When it was stored';

COMMENT ON TABLE usage.score_week IS
'When each week was computed last, also if no score of it changed';
COMMENT ON COLUMN usage.score_week.model_version IS
'The model';
COMMENT ON COLUMN usage.score_week.week IS
'Monday of the week, in the model''s zone';
COMMENT ON COLUMN usage.score_week.reference_id IS
'The reference it was compared with';
COMMENT ON COLUMN usage.score_week.users IS
'How many users were scored';
COMMENT ON COLUMN usage.score_week.computed_at IS
'When it was computed last';

COMMENT ON TABLE usage.user_score IS
'One score for each user, week and version of the model';
COMMENT ON COLUMN usage.user_score.model_version IS
'The model';
COMMENT ON COLUMN usage.user_score.reference_id IS
'The reference it was compared with';
COMMENT ON COLUMN usage.user_score.week IS
'Monday of the week, in the model''s zone';
COMMENT ON COLUMN usage.user_score.user_id IS
'The user';
COMMENT ON COLUMN usage.user_score.group_id IS
'The user''s company in that week';
COMMENT ON COLUMN usage.user_score.score IS
'Percent, 0 to 100';
COMMENT ON COLUMN usage.user_score.active IS
'Whether the user did anything in the week';
COMMENT ON COLUMN usage.user_score.passive_only IS
'Whether the user only received automatic mail';
COMMENT ON COLUMN usage.user_score.computed_at IS
'When the score changed last';
COMMENT ON COLUMN usage.user_score.run_id IS
'Always 0; kept for older programs';

COMMENT ON TABLE usage.user_score_detail IS
'The metrics behind each score as arrays, a fifth of the size of narrow rows';
COMMENT ON COLUMN usage.user_score_detail.model_version IS
'The model';
COMMENT ON COLUMN usage.user_score_detail.week IS
'Monday of the week';
COMMENT ON COLUMN usage.user_score_detail.user_id IS
'The user';
COMMENT ON COLUMN usage.user_score_detail.metric IS
'Names of the metrics';
COMMENT ON COLUMN usage.user_score_detail.value IS
'What was measured, in each metric''s unit';
COMMENT ON COLUMN usage.user_score_detail.points IS
'Points, 0 to 1';
COMMENT ON COLUMN usage.user_score_detail.weight IS
'Weights of the metrics for this user';
COMMENT ON COLUMN usage.user_score_detail.contribution IS
'Parts of the score, in percent; they add up to it';

COMMENT ON TABLE usage.setting IS
'One value for each name: the Mixpanel project, its zone, the settings of the accounts';
COMMENT ON COLUMN usage.setting.name IS
'accounts, project_id, time_zone, smb_below, own_group_id, identity_fingerprint, and others';
COMMENT ON COLUMN usage.setting.value IS
'The value as text; none if it is not set';

COMMENT ON TABLE usage.archive IS
'Months of events that were moved to files';
COMMENT ON COLUMN usage.archive.name IS
'The partition it was, and the file''s name';
COMMENT ON COLUMN usage.archive.start_at IS
'The first instant';
COMMENT ON COLUMN usage.archive.end_at IS
'The instant after the last';
COMMENT ON COLUMN usage.archive.events IS
'How many events the file holds';
COMMENT ON COLUMN usage.archive.digest IS
'Hash of all rows, which the file must have';
COMMENT ON COLUMN usage.archive.address IS
'Path or s3:// address of the file';
COMMENT ON COLUMN usage.archive.archived_at IS
'When the events left the database';
COMMENT ON COLUMN usage.archive.restored_at IS
'When they came back; none while they are archived';

COMMENT ON TABLE usage.erased IS
'People who asked to be forgotten: their ids, not readable, so that no load brings their events back';
COMMENT ON COLUMN usage.erased.id_hash IS
'Salted hash of an id';
COMMENT ON COLUMN usage.erased.erased_at IS
'When the person was erased';

COMMENT ON TABLE usage.alembic_version IS
'Version of the schema';
COMMENT ON COLUMN usage.alembic_version.version_num IS
'The last migration that was applied';

COMMENT ON VIEW usage.account_user IS
'The users of the accounts database, whatever its columns are called';
COMMENT ON COLUMN usage.account_user.user_id IS
'Id of the user';
COMMENT ON COLUMN usage.account_user.email IS
'E-mail address';
COMMENT ON COLUMN usage.account_user.username IS
'Name to log in';
COMMENT ON COLUMN usage.account_user.name IS
'Full name';
COMMENT ON COLUMN usage.account_user.group_id IS
'The company';
COMMENT ON COLUMN usage.account_user.enabled IS
'Whether the account tables have the user enabled';
COMMENT ON COLUMN usage.account_user.job_type_id IS
'The role, in usage.job_type';
COMMENT ON COLUMN usage.account_user.products IS
'Entitled products, Atla;Sol; none means both';

COMMENT ON VIEW usage.account_group IS
'The companies of the accounts database, whatever its columns are called';
COMMENT ON COLUMN usage.account_group.group_id IS
'Id of the company';
COMMENT ON COLUMN usage.account_group.name IS
'Name';
COMMENT ON COLUMN usage.account_group.account_size IS
'Account size in dollars';
COMMENT ON COLUMN usage.account_group.group_type_id IS
'A type that a person set; none: derived from the size';
COMMENT ON COLUMN usage.account_group.salesforce_id IS
'The company''s account in Salesforce';

COMMENT ON VIEW usage.company IS
'Companies with their type and the facts of today';
COMMENT ON COLUMN usage.company.group_id IS
'Id of the company';
COMMENT ON COLUMN usage.company.group_name IS
'Name';
COMMENT ON COLUMN usage.company.group_type IS
'A person''s override; else Oseberg for our own company, SMB below smb_below dollars, Enterprise from it on; none if the size is unknown';
COMMENT ON COLUMN usage.company.account_size IS
'Account size in dollars';
COMMENT ON COLUMN usage.company.salesforce_id IS
'The company''s account in Salesforce';
COMMENT ON COLUMN usage.company.started_on IS
'First day as a customer';
COMMENT ON COLUMN usage.company.cancelled_on IS
'First day after the contract';
COMMENT ON COLUMN usage.company.renewal_on IS
'Day of the next renewal';
COMMENT ON COLUMN usage.company.arr IS
'Annual recurring revenue, in currency';
COMMENT ON COLUMN usage.company.currency IS
'ISO 4217 code of arr';
COMMENT ON COLUMN usage.company.owner IS
'Who looks after the company';
COMMENT ON COLUMN usage.company.segments IS
'Declared segments';

COMMENT ON VIEW usage.person IS
'Users with their company, role and products of today';
COMMENT ON COLUMN usage.person.user_id IS
'Id of the user';
COMMENT ON COLUMN usage.person.email IS
'E-mail address';
COMMENT ON COLUMN usage.person.username IS
'Name to log in';
COMMENT ON COLUMN usage.person.name IS
'Full name';
COMMENT ON COLUMN usage.person.group_id IS
'The company';
COMMENT ON COLUMN usage.person.group_name IS
'Name of the company';
COMMENT ON COLUMN usage.person.group_type IS
'Type of the company';
COMMENT ON COLUMN usage.person.job_type IS
'The role';
COMMENT ON COLUMN usage.person.enabled IS
'Whether the user is enabled today';
COMMENT ON COLUMN usage.person.products IS
'Entitled products, Atla;Sol; none means both';
COMMENT ON COLUMN usage.person.salesforce_id IS
'The company''s account in Salesforce';
COMMENT ON COLUMN usage.person.created_on IS
'First day as a user, where a list names it';
COMMENT ON COLUMN usage.person.disabled_on IS
'First day of being disabled, where a list names it';
COMMENT ON COLUMN usage.person.segments IS
'Declared segments';

COMMENT ON VIEW usage.user_product_event IS
'Every event with the account''s user; events of unknown users stay, without one';
COMMENT ON COLUMN usage.user_product_event.distinct_id IS
'Mixpanel''s distinct_id';
COMMENT ON COLUMN usage.user_product_event."time" IS
'When the event happened, in UTC';
COMMENT ON COLUMN usage.user_product_event.event IS
'Name of the event';
COMMENT ON COLUMN usage.user_product_event.insert_id IS
'Mixpanel''s $insert_id';
COMMENT ON COLUMN usage.user_product_event.properties IS
'All other properties under Mixpanel''s own names';
COMMENT ON COLUMN usage.user_product_event.processed_at IS
'When Mixpanel processed the event';
COMMENT ON COLUMN usage.user_product_event.run_id IS
'The run that wrote the event last';
COMMENT ON COLUMN usage.user_product_event.loaded_at IS
'When the event was written last';
COMMENT ON COLUMN usage.user_product_event.user_id IS
'The user; none if nobody is known';
COMMENT ON COLUMN usage.user_product_event.group_id IS
'The user''s company today';
COMMENT ON COLUMN usage.user_product_event.resolution IS
'How the user was found, as in usage.identity';
COMMENT ON COLUMN usage.user_product_event.candidates IS
'How many users the ids could mean';

COMMENT ON VIEW usage.user_day IS
'What each user did on each day, from the roll-up';
COMMENT ON COLUMN usage.user_day.user_id IS
'The user';
COMMENT ON COLUMN usage.user_day.day IS
'The day, in the zone of the export';
COMMENT ON COLUMN usage.user_day.product IS
'Atla or Sol; none for an event of both';
COMMENT ON COLUMN usage.user_day.event IS
'Name of the event';
COMMENT ON COLUMN usage.user_day.events IS
'How many there were';
COMMENT ON COLUMN usage.user_day.first_at IS
'Time of the first one';
COMMENT ON COLUMN usage.user_day.last_at IS
'Time of the last one';

COMMENT ON VIEW usage.user_first_event IS
'The first event of each user, from the roll-up';
COMMENT ON COLUMN usage.user_first_event.user_id IS
'The user';
COMMENT ON COLUMN usage.user_first_event.first_at IS
'Time of the first event';

COMMENT ON VIEW usage.identity_unresolved IS
'Ids whose events belong to no user, from the roll-up';
COMMENT ON COLUMN usage.identity_unresolved.distinct_id IS
'The id';
COMMENT ON COLUMN usage.identity_unresolved.events IS
'How many events it has';
COMMENT ON COLUMN usage.identity_unresolved.first_seen IS
'Time of the first one';
COMMENT ON COLUMN usage.identity_unresolved.last_seen IS
'Time of the last one';
COMMENT ON COLUMN usage.identity_unresolved.candidates IS
'How many users it could mean; 0: nobody';

COMMENT ON VIEW usage.user_score_metric IS
'The metrics behind each score, one row each';
COMMENT ON COLUMN usage.user_score_metric.model_version IS
'The model';
COMMENT ON COLUMN usage.user_score_metric.week IS
'Monday of the week';
COMMENT ON COLUMN usage.user_score_metric.user_id IS
'The user';
COMMENT ON COLUMN usage.user_score_metric.metric IS
'Name of the metric';
COMMENT ON COLUMN usage.user_score_metric.value IS
'What was measured, in the metric''s unit';
COMMENT ON COLUMN usage.user_score_metric.points IS
'Points, 0 to 1';
COMMENT ON COLUMN usage.user_score_metric.weight IS
'Weight of the metric for this user';
COMMENT ON COLUMN usage.user_score_metric.contribution IS
'Part of the score, in percent';

COMMENT ON VIEW usage.company_score IS
'Companies by week; score = adoption x active_score + passive_points';
COMMENT ON COLUMN usage.company_score.group_id IS
'The company';
COMMENT ON COLUMN usage.company_score.group_name IS
'Name of the company';
COMMENT ON COLUMN usage.company_score.group_type IS
'Type of the company today';
COMMENT ON COLUMN usage.company_score.model_version IS
'The model';
COMMENT ON COLUMN usage.company_score.week IS
'Monday of the week';
COMMENT ON COLUMN usage.company_score.users IS
'Licensed (enabled) users';
COMMENT ON COLUMN usage.company_score.active_users IS
'Users who did anything in the week';
COMMENT ON COLUMN usage.company_score.score IS
'Mean over the licensed users, in percent';
COMMENT ON COLUMN usage.company_score.adoption IS
'Active users / licensed users, 0 to 1';
COMMENT ON COLUMN usage.company_score.active_score IS
'Mean over the active users, in percent';
COMMENT ON COLUMN usage.company_score.passive_points IS
'What inactive users add to the score, in percent';
COMMENT ON COLUMN usage.company_score.core_score IS
'Mean of the top 5 users or top fifth, whichever is more';
COMMENT ON COLUMN usage.company_score.concentration IS
'Share of the points that the top user has, 0 to 1; none without points';
COMMENT ON COLUMN usage.company_score.passive_share IS
'Share of users who only received automatic mail, 0 to 1';
