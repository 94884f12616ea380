(ns bench.jmh
  "Starts the main class of JMH with the same arguments, since clojure.main -m can't start a Java class.")

(set! *warn-on-reflection* true)

(defn -main [& words]
  (clojure.lang.Reflector/invokeStaticMethod "org.openjdk.jmh.Main" "main" (to-array [(into-array String words)]))
  (shutdown-agents))
