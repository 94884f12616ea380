(ns flumelog.process
  "Other JVMs for the tests. What they do is in flumelog.child.

   * `start`, `in-other-process`: one that evaluates a form
   * `start-main`: one with a REPL
   * `command`: the words that start one from a shell
   * `start-serving`, `tell!`, `answer`, `ask`: one that evaluates what it is told, form by form
   * `java-homes`: of the JDKs that are to be tried
   * `with-fresh-children`: one for each round of a test
   * `kill!`: SIGKILL, and no way to object
   * `why-no-strace`: whether strace can run one"
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [flumelog.quick-start :as quick-start])
  (:import (java.io BufferedReader)
           (java.lang ProcessBuilder$Redirect)
           (java.util List)))

(set! *warn-on-reflection* true)

(def ^:private own-home (System/getProperty "java.home"))

(defn- version [home]
  (let [release (io/file home "release")]
    (when (.exists release) (second (re-find #"JAVA_VERSION=\"(\d+)" (slurp release))))))

(defn java-homes
  "That of this JVM, and of a JDK 25 where there is one: by JAVA25_HOME, or below /usr/lib/jvm."
  []
  (let [found (cons (System/getenv "JAVA25_HOME") (sort (map str (.listFiles (io/file "/usr/lib/jvm")))))]
    (distinct (cons own-home (take 1 (filter #(and % (= "25" (version %))) found))))))

(defn command
  "The words of a command that starts a JVM, which runs clojure.main with these arguments; a JVM of the JDK `home`, this one
   where none is named."
  ([arguments] (command own-home arguments))
  ([home arguments]
   (concat [(str home "/bin/java") "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC"]
           (if (= own-home home) (quick-start/options) ["-cp" (System/getProperty "java.class.path")])
           ["clojure.main"] arguments)))

(defn start
  "A JVM that evaluates the form, with pipes to its input and output. `before` is the command that runs the JVM, as
   [\"strace\"]."
  (^Process [form] (start [] form))
  (^Process [before form] (start before own-home form))
  (^Process [before home form]
   (let [words (concat before (command home ["-e" (pr-str form)]))]
     (.start (doto (ProcessBuilder. ^List words)
               (.redirectError ProcessBuilder$Redirect/INHERIT))))))

(defn start-main
  "A JVM with a REPL of `clojure.main`, with pipes to its input and output, in which its errors are too. `jvm` are options
   of the JVM, `arguments` those of `clojure.main`, `env` a map of what is in its environment."
  (^Process [] (start-main [] [] {}))
  (^Process [jvm arguments env]
   (let [command (concat [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC"]
                         jvm (quick-start/options) ["clojure.main"] arguments)
         builder (doto (ProcessBuilder. ^List command) (.redirectErrorStream true))]
     (.putAll (.environment builder) env)
     (.start builder))))

(defn kill!
  "Kills the process with a signal that it can't catch, and waits until it is gone. What it wrote can still be read."
  [^Process process]
  (.destroyForcibly (.toHandle process))                    ; that of the Process itself closes our end of the pipe
  (.waitFor process))

(defmacro in-other-process
  "Runs the body while another JVM has evaluated the form and waits; `process` is that JVM."
  [[process form] & body]
  `(let [~process (start ~form)]
     (try
       (.readLine (BufferedReader. (io/reader (.getInputStream ~process))))
       ~@body
       (finally (kill! ~process)))))

(defn start-serving
  "A JVM that evaluates each form that it is told, and answers with the value."
  (^Process [] (start-serving [] own-home))
  (^Process [before home] (start before home '(do (require 'flumelog.child) (flumelog.child/serve)))))

(defn tell!
  "Has a JVM that serves evaluate the form."
  [^Process process form]
  (let [^String line (binding [*print-length* nil] (prn-str form))]
    (doto (.outputWriter process) (.write line) (.flush))
    nil))

(defn answer
  "The next line that the JVM wrote, which is EDN; nil when it has ended."
  [^Process process]
  (let [line (deref (future (.readLine (.inputReader process))) 120000 ":no-answer")]
    (when line (edn/read-string line))))

(defn ask
  "What came of the form in a JVM that serves, as flumelog.child/outcome says it."
  [process form]
  (tell! process form)
  (answer process))

(defn with-fresh-children
  "Calls f with each number below `rounds` and a JVM that serves, which was started while the one before was at work."
  [rounds f]
  (let [started (atom [])
        start! #(let [child (start-serving)] (swap! started conj child) child)]
    (try
      (loop [n 0, child (start!)]
        (when (< n rounds)
          (let [spare (when (< (inc n) rounds) (start!))]
            (f n child)
            (recur (inc n) spare))))
      (finally (run! kill! @started)))))

(defn why-no-strace
  "Why strace can't do its work here, or nil."
  []
  (try
    (let [{:keys [exit err]} (shell/sh "strace" "-f" "--seccomp-bpf" "-qq" "-o" "/dev/null" "-e" "inject=fsync:error=EIO" "true")]
      (when-not (= 0 exit) (str "strace does not work here: " (str/trim err))))
    (catch java.io.IOException e (str "there is no strace: " (ex-message e)))))
