// The invariants as queries over two attached files, `ledger` and `store`, and what was seen
// before, in main. Each row is one violation.
#pragma once

#include <array>

namespace gantry::test {

struct Invariant {
    const char* name;
    const char* sql;  // WAKE and WAITS stand for run.wake_at and run.waits_for, NULL in old stores
};

/// A late call is waited for so long, in ns, before its step is undone over it.
#define GANTRY_LEDGER_GRACE "10000000000"

inline constexpr const char* kSeenSchema = R"sql(
CREATE TABLE acknowledged (run_or_key TEXT PRIMARY KEY);
CREATE TABLE seen_run (run_id TEXT PRIMARY KEY, status TEXT, fence INTEGER);
CREATE TABLE seen_result (run_id TEXT, path TEXT, side TEXT, result TEXT,
                          PRIMARY KEY (run_id, path, side));
)sql";

inline constexpr const char* kRemember = R"sql(
REPLACE INTO seen_run SELECT run_id, status, fence FROM store.run;
REPLACE INTO seen_result
  SELECT run_id, path, side, result FROM store.step WHERE status = 'done';
)sql";

inline constexpr std::array kInvariants = {
    Invariant{"I1", R"sql(
SELECT run_or_key || ' was acknowledged and is not in the store'
  FROM (SELECT run_or_key FROM acknowledged EXCEPT SELECT run_id FROM store.run
        EXCEPT SELECT idem_key FROM store.run))sql"},

    Invariant{"I2", R"sql(
SELECT run_id || ' is ' || status || ' and has ' ||
       CASE WHEN owner IS NOT NULL THEN 'an owner' ELSE 'no end' END FROM store.run
 WHERE status IN ('done','reverted','failed') AND (owner IS NOT NULL OR finished_at IS NULL))sql"},
    Invariant{"I2", R"sql(
SELECT run_id || ' is ' || status || ', owner ' || ifnull(owner, 'nobody') ||
       ', and waits for nothing' FROM store.run
 WHERE status NOT IN ('done','reverted','failed','paused','waiting')
   AND (owner IS NOT NULL OR (WAKE IS NULL AND WAITS IS NULL)))sql"},

    Invariant{"I3", R"sql(
SELECT s.run_id || '/' || s.path || ' is ' || s.status || ' in a run that is done'
  FROM store.run r JOIN store.step s USING (run_id)
 WHERE r.status = 'done' AND s.side = 'invoke' AND s.status NOT IN ('done','skipped'))sql"},
    Invariant{"I3", R"sql(
SELECT r.run_id || '/' || path || ' has no row in a run that is done'
  FROM (SELECT def_hash, value,
               coalesce(json_extract(value, '$.id'),
                        substr(json_extract(value, '$.step'),
                               instr(json_extract(value, '$.step'), '/') + 1)) AS path
          FROM store.definition, json_each(body, '$.steps')) d
  JOIN store.run r USING (def_hash)
 WHERE r.status = 'done' AND json_extract(d.value, '$.step') IS NOT NULL
   AND json_extract(d.value, '$.when') IS NULL
   AND NOT EXISTS (SELECT 1 FROM store.step s
                    WHERE s.run_id = r.run_id AND s.path = d.path AND s.side = 'invoke'))sql"},
    Invariant{"I3", R"sql(
SELECT s.run_id || '/' || s.path || ' is done and its effect ' ||
       CASE WHEN e.applied IS NULL THEN 'was not applied' ELSE 'was undone' END
  FROM store.run r JOIN store.step s USING (run_id)
  LEFT JOIN ledger.effect e ON e.key = s.run_id || '/' || s.path
 WHERE r.status = 'done' AND s.side = 'invoke' AND s.status = 'done'
   AND s.name IN ('write','write-undo','once')
   AND (e.applied IS NULL OR e.undone IS NOT NULL))sql"},
    Invariant{"I3", R"sql(
SELECT e.key || ' is applied and not undone in a run that is reverted'
  FROM store.run r JOIN ledger.effect e ON e.run = r.run_id
 WHERE r.status = 'reverted' AND e.applied IS NOT NULL AND e.undone IS NULL)sql"},
    Invariant{"I3", R"sql(
SELECT key || ' was applied after its undo' FROM ledger.effect WHERE applied > undone)sql"},
    Invariant{"I3", R"sql(
SELECT e.key || ' is not undone in a run that failed, and no row says so'
  FROM store.run r JOIN ledger.effect e ON e.run = r.run_id
 WHERE r.status = 'failed' AND e.applied IS NOT NULL AND e.undone IS NULL
   AND NOT EXISTS (SELECT 1 FROM store.step s
                    WHERE s.run_id = r.run_id AND e.key = s.run_id || '/' || s.path
                      AND s.side = 'compensate' AND s.status IN ('failed','skipped','unknown')))sql"},
    Invariant{"I3", R"sql(
SELECT e.key || ' was applied and has no row' FROM ledger.effect e
 WHERE e.applied IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM store.step s
                    WHERE s.run_id = e.run AND e.key = s.run_id || '/' || s.path
                      AND s.side = 'invoke'))sql"},
    Invariant{"I3", R"sql(
SELECT key || ' may be called once and was called again, by call ' || id FROM ledger.call c
 WHERE step = 'once' AND side = 'invoke'
   AND EXISTS (SELECT 1 FROM ledger.call b WHERE b.key = c.key AND b.side = 'invoke'
                  AND b.id < c.id AND b.answer IS NOT 'not applied'))sql"},
    Invariant{"I3", R"sql(
SELECT 'record ' || c.name || ' still says ' || value || ', which is reverted'
  FROM ledger.record c JOIN store.run r ON r.run_id = value WHERE r.status = 'reverted')sql"},

    // A call that records undo data may begin on a result that a crash takes back.
    Invariant{"I4", R"sql(
SELECT key || ' was called with ' || count(DISTINCT input) || ' inputs' FROM ledger.call
 WHERE side = 'invoke' AND free IS NOT NULL GROUP BY key HAVING count(DISTINCT input) > 1)sql"},
    Invariant{"I4", R"sql(
SELECT s.run_id || '/' || s.path || ' has a result that is not that of its last call: ' ||
       ifnull(s.result, 'none')
  FROM store.step s JOIN (SELECT key, max(id) AS last FROM ledger.call WHERE side = 'invoke'
                           GROUP BY key) c ON c.key = s.run_id || '/' || s.path
 WHERE s.side = 'invoke' AND s.status = 'done'
   AND json_extract(s.result, '$.call') IS NOT c.last)sql"},
    Invariant{"I4", R"sql(
SELECT c.key || ' was compensated with ' || ifnull(c.undo, 'nothing') || ', not with ' ||
       ifnull(expected, 'nothing')
  FROM (SELECT run_id || '/' || path AS key,
               coalesce(undo_input, CASE status WHEN 'done' THEN result END) AS expected
          FROM store.step WHERE side = 'invoke') s
  JOIN ledger.call c ON c.key = s.key
 WHERE c.side = 'compensate' AND c.undo IS NOT expected)sql"},
    Invariant{"I4", R"sql(
SELECT seen.run_id || '/' || seen.path || ' ' || seen.side || ' was done with ' ||
       ifnull(seen.result, 'nothing') || ' and is so no more'
  FROM seen_result seen JOIN store.run USING (run_id)
 WHERE NOT EXISTS (SELECT 1 FROM store.step s
                    WHERE s.run_id = seen.run_id AND s.path = seen.path AND s.side = seen.side
                      AND s.status = 'done' AND s.result IS seen.result))sql"},
    Invariant{"I4", R"sql(
SELECT run_id || ' was ' || seen.status || ' and is ' || r.status
  FROM seen_run seen JOIN store.run r USING (run_id)
 WHERE seen.status IN ('done','reverted') AND r.status <> seen.status)sql"},

    Invariant{"I5", R"sql(
SELECT s.run_id || '/' || s.path || ' ' || s.side || ' was written under fence ' || s.fence ||
       ', the run has ' || r.fence
  FROM store.step s JOIN store.run r USING (run_id) WHERE s.fence > r.fence)sql"},
    Invariant{"I5", R"sql(
SELECT run_id || ' had fence ' || seen.fence || ' and has ' || r.fence
  FROM seen_run seen JOIN store.run r USING (run_id) WHERE r.fence < seen.fence)sql"},

    // y may have used x, so y is undone before.
    Invariant{"I6", R"sql(
WITH first AS (
  SELECT c.run, key, min(began) FILTER (WHERE side = 'invoke') AS invoked,
         min(began) FILTER (WHERE side = 'compensate') AS compensated
    FROM ledger.call c JOIN store.run r ON r.run_id = c.run JOIN store.definition d USING (def_hash)
   WHERE d.body NOT LIKE '%"parallel"%' AND d.body NOT LIKE '%"for_each"%'
   GROUP BY key)
SELECT x.key || ' was compensated before ' || y.key || ', which came after it'
  FROM first x JOIN first y ON y.run = x.run AND y.invoked > x.invoked
 WHERE x.compensated < y.compensated
    OR EXISTS (SELECT 1 FROM ledger.call c
                WHERE c.key = y.key AND c.side = 'compensate'
                  AND c.began < x.compensated AND c.ended > x.compensated))sql"},

    Invariant{"I7", R"sql(
SELECT a.key || ' ' || a.side || ': call ' || a.id || ' was under way when call ' || b.id ||
       ' began'
  FROM ledger.call a JOIN ledger.call b ON b.key = a.key AND b.side = a.side AND b.id > a.id
 WHERE (a.host <> b.host AND a.ended > b.began)
    OR (a.host = b.host AND (a.ended IS NULL OR a.ended > b.began)
        AND b.began - a.began < )sql" GANTRY_LEDGER_GRACE ")"},
    Invariant{"I7", R"sql(
SELECT i.key || ': call ' || i.id || ' was under way when its compensation, call ' || c.id ||
       ', began'
  FROM ledger.call i JOIN ledger.call c ON c.key = i.key
 WHERE i.side = 'invoke' AND c.side = 'compensate' AND c.began >= i.began
   AND ((i.host <> c.host AND i.ended > c.began)
     OR (i.host = c.host AND (i.ended IS NULL OR i.ended > c.began)
         AND c.began - i.began < )sql" GANTRY_LEDGER_GRACE "))"},
    Invariant{"I7", R"sql(
SELECT i.key || ' was invoked, by call ' || i.id || ', after its compensation, call ' || c.id
  FROM ledger.call i JOIN ledger.call c ON c.key = i.key
 WHERE i.side = 'invoke' AND c.side = 'compensate' AND i.began > c.began)sql"},

    Invariant{"I8", R"sql(
SELECT 'store: ' || quick_check FROM pragma_quick_check(10, 'store') WHERE quick_check <> 'ok')sql"},
    Invariant{"I8", R"sql(
SELECT 'ledger: ' || quick_check FROM pragma_quick_check(10, 'ledger') WHERE quick_check <> 'ok')sql"},
    Invariant{"I8", R"sql(
SELECT 'step ' || run_id || '/' || path || ' has no run' FROM store.step s
 WHERE NOT EXISTS (SELECT 1 FROM store.run r WHERE r.run_id = s.run_id))sql"},
};

}  // namespace gantry::test
