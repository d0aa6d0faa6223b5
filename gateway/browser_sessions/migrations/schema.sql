CREATE TABLE browser_sessions (
	"key" VARCHAR(43) NOT NULL,
	officer VARCHAR(255) NOT NULL,
	sealed TEXT NOT NULL,
	purpose VARCHAR(40) NOT NULL,
	began BIGINT NOT NULL,
	used BIGINT NOT NULL,
	ends BIGINT NOT NULL,
	PRIMARY KEY ("key")
);

CREATE INDEX ix_browser_sessions_ends ON browser_sessions (ends);

CREATE INDEX ix_browser_sessions_officer ON browser_sessions (officer);
