(ns jar
  "What `lein jar`, `lein pom` and `lein install` run: bin/jar. lein's own pom would name a repository, which a program
   that depends on this library would then have to use too. `lein uber` runs bin/uberjar."
  (:import (java.util List)))

(set! *warn-on-reflection* true)

(defn -main [& args]
  (let [^List command (if (= ["uber"] args) ["bin/uberjar"] (into ["bin/jar"] args))]
    (System/exit (.waitFor (.start (.inheritIO (ProcessBuilder. command)))))))
