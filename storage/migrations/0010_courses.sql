-- A course: its plan is JSON; deleting the key of its pseudonyms is the last step of forgetting it.
CREATE TABLE courses (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    zone       TEXT NOT NULL,
    stage      TEXT NOT NULL,
    plan       TEXT NOT NULL,
    pseudonyms TEXT NOT NULL, -- the key they are made with
    version    INTEGER NOT NULL DEFAULT 1,
    created_at REAL NOT NULL
);

-- Where it is held: no place belongs to two.
CREATE TABLE course_scopes (
    scope  TEXT PRIMARY KEY,
    course INTEGER NOT NULL REFERENCES courses (id) ON DELETE CASCADE
);
CREATE INDEX course_scopes_of_course ON course_scopes (course);

-- What is known of a person in a course. To be told and to agree are two things.
CREATE TABLE members (
    course    INTEGER NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    person    TEXT NOT NULL,
    role      TEXT,  -- given by hand
    told_at   REAL,
    told      TEXT NOT NULL DEFAULT '', -- a digest of the words
    agrees    INTEGER,
    agreed_at REAL,
    is_of_age INTEGER,
    PRIMARY KEY (course, person)
);
CREATE INDEX members_by_person ON members (person);

-- Exam windows: the local times as they were announced, and all they may mean in UTC.
CREATE TABLE windows (
    id           INTEGER PRIMARY KEY,
    course       INTEGER NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    label        TEXT NOT NULL,
    local_start  TEXT NOT NULL,
    local_end    TEXT NOT NULL,
    zone         TEXT NOT NULL,
    starts_at    REAL NOT NULL,
    ends_at      REAL NOT NULL,
    "then"       TEXT NOT NULL,
    announced_by TEXT NOT NULL,
    on_at        REAL,
    off_at       REAL,
    released_at  REAL,
    version      INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX windows_of_course ON windows (course, ends_at);

-- What was done in a course, by whom: ids and settings, never words.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    course  INTEGER NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    at      REAL NOT NULL,
    who     TEXT NOT NULL,
    verb    TEXT NOT NULL,
    subject TEXT NOT NULL,
    was     TEXT NOT NULL,
    became  TEXT NOT NULL
);
CREATE INDEX audit_of_course ON audit (course, id);
