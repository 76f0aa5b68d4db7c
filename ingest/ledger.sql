-- The ledger: what arrived, what was decided about it, and when. Append-only.
-- Times are UTC. A later decision is a new row with its date; "known by T" means decided_at <= T
-- (semantics.md 1.4). Nothing here is ever updated once a submission is judged.
create schema if not exists raw;
create schema if not exists quality;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists meta;

-- One row per arrival, the first durable trace of anything that was sent.
create table if not exists quality.arrivals (
    arrival_id varchar primary key,        -- sha256 of (channel, department folder, period, source path, received_at, sha256), first 16 hex
    channel varchar not null,              -- drop | gateway
    gateway_name varchar,                  -- of a gateway pull
    sender_folder varchar,                 -- folder name as found in the inbox
    department_code varchar,               -- null: unknown sender, unmapped authority
    period varchar,                        -- YYYY-MM; null: folder is no month
    source_name varchar not null,          -- file, zip or sub-folder name inside the month's folder; pull id for a gateway
    received_at timestamp not null,
    landed_at timestamp not null,          -- wall clock of our ledger, whatever XINYONG_RECEIPT_CLOCK says
    size_bytes bigint not null,
    sha256 varchar not null,               -- of the bytes; sub-folder: of the sorted member hashes; gateway: of the canonical records
    submission_id varchar not null,        -- the submission it became, or repeats
    is_repeat boolean not null,            -- same bytes as the latest submission of that feed, department, period: no effect
    remark varchar                         -- e.g. modification time in the future counted as now
);

-- A ledger outlives the code: columns added later are added to the tables that are there.
alter table quality.arrivals add column if not exists period_folder varchar;

-- What an archived arrival consists of: one row per file (a sub-folder has several).
create table if not exists quality.arrival_members (
    arrival_id varchar not null,
    member_name varchar not null,          -- path below the sub-folder, or the file's own name
    sha256 varchar not null,               -- archive/<first two>/<sha256>
    size_bytes bigint not null
);

-- One row per submission, facts of its landing. Counts and verdict as first judged are in submission_verdicts.
create table if not exists quality.submissions (
    submission_id varchar primary key,     -- sha256 of feed, department, period, received_at, sha256: first 16 hex
    arrival_id varchar not null,
    feed varchar,                          -- null: X-FEED
    department_code varchar,
    period varchar,
    channel varchar not null,
    gateway_name varchar,
    source_name varchar not null,
    received_at timestamp not null,
    sha256 varchar not null,
    contract_version varchar,
    is_correction boolean not null,
    corrects_submission_id varchar         -- latest submission of that feed, department, period when the correction arrived
);

-- Dated decisions about a whole submission; the first has cause 'judged' and decided_at = received_at.
create table if not exists quality.submission_verdicts (
    submission_id varchar not null,
    decided_at timestamp not null,
    cause varchar not null,                -- judged | confirmed | corrected
    verdict varchar not null,              -- accepted | accepted_with_remarks | rejected
    rows_received bigint not null,         -- as first judged, whatever the cause
    rows_accepted bigint not null,
    rows_quarantined bigint not null,
    rule_versions varchar,                 -- JSON {rule_id: version}
    decided_by varchar,
    reason varchar,
    cause_submission_id varchar,           -- the correction that caused it
    primary key (submission_id, decided_at, cause)
);

-- What a submission says about each domain (feeds that carry a domain), one row per domain named.
create table if not exists quality.submission_domains (
    submission_id varchar not null,
    domain_code varchar not null,
    is_own_domain boolean not null,        -- of the sender, by seed domains
    rows_received bigint not null,
    rows_accepted bigint not null,         -- as judged
    subject_count bigint not null,         -- distinct subjects, quarantined rows count as present
    former_subject_count bigint,           -- of the list in force before, full-list feeds only
    is_zero_report boolean not null,
    primary key (submission_id, domain_code)
);

-- Dated state of a full list per domain: is this submission's list of the domain usable?
create table if not exists quality.list_decisions (
    submission_id varchar not null,
    domain_code varchar not null,
    decided_at timestamp not null,
    list_state varchar not null,           -- in_force (usable) | held (X-SHRINK) | refused (submission rejected)
    decided_by varchar,
    reason varchar,
    primary key (submission_id, domain_code, decided_at)
);

-- Later, dated decisions about single rows; the first judgement is _row_state in the raw batch.
create table if not exists quality.row_decisions (
    submission_id varchar not null,
    row_id bigint not null,
    decided_at timestamp not null,
    row_state varchar not null,            -- accepted | closed (replaced by a correction, stays out)
    cause varchar not null,                -- identity (resolved later) | confirmed | corrected
    uscc varchar,                          -- identity found later
    match_method varchar,
    cause_submission_id varchar
);

create table if not exists quality.findings (
    submission_id varchar not null,
    row_id bigint,                         -- null: about the file or sheet
    source_file varchar,
    sheet varchar,
    row_number bigint,                     -- physical row in sheet or file, 1-based
    column_name varchar,                   -- contract column; null: about the row
    rule_id varchar not null,              -- <feed>.<column>.<kind> or X-NAME
    rule_version integer not null,
    kind varchar not null,                 -- dirty form of domain.md 4 where one applies, else last part of the rule id
    severity varchar not null,             -- error | warning
    value_shown varchar,                   -- masked
    reason varchar not null,               -- Chinese, for the clerk
    remedy varchar not null
);

-- Every row that is not accepted, with why. rows_quarantined of a submission = its rows here.
create table if not exists quality.quarantine (
    submission_id varchar not null,
    row_id bigint not null,
    domain_code varchar,
    uscc varchar,                          -- normalised if well-formed, else null; never an ID number
    name_norm varchar,
    rule_ids varchar[] not null,
    primary key (submission_id, row_id)
);

-- Per submission and rule: what the Great Expectations suite validates.
create table if not exists quality.measures (
    submission_id varchar not null,
    feed varchar not null,
    rule_id varchar not null,
    rule_version integer not null,
    dimension varchar not null,            -- GB/T 36344: completeness, validity, accuracy, consistency, timeliness, uniqueness
    severity varchar not null,
    evaluated bigint not null,
    unexpected bigint not null,
    share double,                          -- null if evaluated = 0
    threshold double,                      -- null: no limit
    success boolean,                       -- by Great Expectations; null: not applicable (evaluated = 0)
    primary key (submission_id, rule_id)
);

-- Per close, domain and feed: the period gate (semantics 4.5). domain_code '-' for feeds without a domain.
create table if not exists quality.period_gates (
    period varchar not null,
    as_of timestamp not null,
    department_code varchar not null,
    domain_code varchar not null,
    feed varchar not null,
    check_name varchar not null,           -- reported | completeness | error_share | no_held_list
    evaluated bigint,
    unexpected bigint,
    observed double,
    threshold double,
    success boolean,                       -- null: could not be judged (not reported)
    primary key (period, as_of, department_code, domain_code, feed, check_name)
);

-- Decisions of a person to draw again for a period and domain (semantics 5.11); draw 1 needs none.
create table if not exists quality.redraws (
    programme varchar not null,
    period varchar not null,
    domain_code varchar not null,
    draw_no integer not null,              -- from 2 on, one more than the last
    decided_at timestamp not null,
    decided_by varchar not null,
    reason varchar not null,
    primary key (programme, period, domain_code, draw_no)
);

create table if not exists quality.gateway_watermarks (
    gateway_name varchar not null,
    pulled_at timestamp not null,
    watermark varchar not null,            -- greatest value of the watermark field taken over
    record_count bigint not null,
    tail varchar not null                  -- JSON list: hashes of the records that carry the watermark, not taken twice
);

-- Every close that was published, final or provisional; the last row per period is the one in force.
create table if not exists meta.closes (
    programme varchar not null,
    period varchar not null,
    as_of timestamp not null,
    reference_date date not null,
    is_final boolean not null,             -- as_of >= due_at of the period
    closed_at timestamp not null,
    fingerprint varchar not null,          -- of everything that went in: same fingerprint, nothing to do
    release_name varchar not null
);

-- The one row that the dbt models read instead of --vars (changing vars would force a full parse).
create table if not exists meta.close_parameters (
    programme varchar not null,
    period varchar not null,
    previous_period varchar,               -- last closed period before this one, null at the first close
    period_start date not null,
    period_end date not null,
    as_of timestamp not null,
    reference_date date not null,
    is_final boolean not null
);

-- What the inbox looked like when it was last landed: lets an unchanged inbox be passed over without reading a byte.
-- A cache, no evidence: the newest row per path counts.
create table if not exists quality.inbox_entries (
    inbox_path varchar primary key,        -- below inbox/
    signature varchar not null,            -- of names, sizes and modification times
    noted_at timestamp not null,
    remark varchar                         -- why nothing was landed, e.g. a symbolic link
);

-- Every notice that a person issued; the last row of a period is the one in force (semantics 7.1). Never overwritten.
create table if not exists meta.notices (
    programme varchar not null,
    number varchar not null,               -- 发文字号
    period varchar not null,
    kind varchar not null,                 -- notice | amendment
    issued_at timestamp not null,          -- wall clock of our ledger
    issued_on date not null,               -- 成文日期
    issued_by varchar not null,
    is_adopted boolean not null,           -- the proposals of praise and criticism were adopted
    amends varchar,                        -- number of the notice that this one amends
    release_name varchar not null,
    as_of timestamp not null,              -- of that release
    sums_sha256 varchar not null,          -- of SHA256SUMS in its folder, which names every file
    primary key (programme, number)
);
