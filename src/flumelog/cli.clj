(ns ^:no-doc flumelog.cli
  "The command line: `clojure -M -m flumelog.cli VERB LOG`, as `bin/flumelog VERB LOG` but slower to start. See doc/cli.md."
  (:import (flumelog.cli Main)))

(defn -main
  "Runs one command and ends the process with its exit code."
  [& arguments]
  (Main/main (into-array String arguments)))
