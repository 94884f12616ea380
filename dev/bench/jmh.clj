(ns bench.jmh
  "clojure.main -m can't start a Java class; this starts JMH's, with the same words.")

(set! *warn-on-reflection* true)

(defn -main [& words]
  (clojure.lang.Reflector/invokeStaticMethod "org.openjdk.jmh.Main" "main" (to-array [(into-array String words)]))
  (shutdown-agents))
