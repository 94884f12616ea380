(ns ^:no-doc flumelog.cli.view
  "The verb view: asks the views of a log, which `--views` describes by field paths. Each action loads only what it needs.")

(set! *warn-on-reflection* true)

(def ^:private actions
  '{"status"  flumelog.cli.view.status/run
    "lookup"  flumelog.cli.view.answer/lookup
    "query"   flumelog.cli.view.answer/query
    "rebuild" flumelog.cli.view.rebuild/run})

(defn run [{:keys [action] :as options}]
  ((requiring-resolve (actions action)) options))
