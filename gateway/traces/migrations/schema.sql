CREATE TABLE traces (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR(36) NOT NULL,
	requester VARCHAR(20) NOT NULL,
	side VARCHAR(11) NOT NULL,
	firearm TEXT NOT NULL,
	found TEXT,
	service VARCHAR(40),
	record VARCHAR(36),
	purpose VARCHAR(40) NOT NULL,
	stored BIGINT NOT NULL,
	requests SMALLINT NOT NULL,
	asked VARCHAR(20) NOT NULL,
	state VARCHAR(12) NOT NULL,
	due BIGINT NOT NULL,
	late BOOLEAN,
	UNIQUE (id, requester)
);

CREATE INDEX traces_requester ON traces (requester, state);

CREATE INDEX ix_traces_record ON traces (record);

CREATE INDEX traces_stored ON traces (stored);

CREATE TABLE trace_requests (
	trace INTEGER NOT NULL,
	request SMALLINT NOT NULL,
	asked VARCHAR(20) NOT NULL,
	thread VARCHAR(36) NOT NULL,
	state VARCHAR(12) NOT NULL,
	due BIGINT NOT NULL,
	late BOOLEAN,
	escalate_at BIGINT,
	PRIMARY KEY (trace, request),
	FOREIGN KEY(trace) REFERENCES traces (number) ON DELETE CASCADE
);

CREATE INDEX trace_requests_escalate_at ON trace_requests (escalate_at) WHERE escalate_at IS NOT NULL;

CREATE TABLE trace_steps (
	number INTEGER NOT NULL,
	trace INTEGER NOT NULL,
	request SMALLINT NOT NULL,
	message VARCHAR(36) NOT NULL,
	sender VARCHAR(20) NOT NULL,
	officer VARCHAR(255) NOT NULL,
	signed BIGINT NOT NULL,
	kind VARCHAR(20) NOT NULL,
	form TEXT NOT NULL,
	PRIMARY KEY (number),
	FOREIGN KEY(trace) REFERENCES traces (number) ON DELETE CASCADE
);

CREATE INDEX ix_trace_steps_trace ON trace_steps (trace);
