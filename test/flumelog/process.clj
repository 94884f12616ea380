(ns flumelog.process
  "Starts other JVMs for the tests. flumelog.child has the code that they run.

   * `start`, `in-other-process`: a JVM that evaluates a form
   * `start-main`: a JVM with a REPL
   * `command`: the command line of a JVM
   * `start-serving`, `tell!`, `answer`, `ask`: a JVM that evaluates forms that are sent to it
   * `java-homes`: the JDKs to test with
   * `with-fresh-children`: a new JVM for each round of a test
   * `kill!`: sends SIGKILL
   * `why-no-strace`: why strace can't run a JVM, or nil"
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
  "The home of this JVM, and that of a JDK 25 if there is one: by JAVA25_HOME, or below /usr/lib/jvm."
  []
  (let [found (cons (System/getenv "JAVA25_HOME") (sort (map str (.listFiles (io/file "/usr/lib/jvm")))))]
    (distinct (cons own-home (take 1 (filter #(and % (= "25" (version %))) found))))))

(defn command
  "The command line, as words, of a JVM that runs clojure.main with these arguments. `home` is the home of its JDK, by
   default of this one."
  ([arguments] (command own-home arguments))
  ([home arguments]
   (concat [(str home "/bin/java") "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC"]
           (if (= own-home home) (quick-start/options) ["-cp" (System/getProperty "java.class.path")])
           ["clojure.main"] arguments)))

(defn start
  "A JVM that evaluates the form, with pipes to its input and output. `before` is a command that runs the JVM, for
   example [\"strace\"]."
  (^Process [form] (start [] form))
  (^Process [before form] (start before own-home form))
  (^Process [before home form]
   (let [words (concat before (command home ["-e" (pr-str form)]))]
     (.start (doto (ProcessBuilder. ^List words)
               (.redirectError ProcessBuilder$Redirect/INHERIT))))))

(defn start-main
  "A JVM with a REPL of `clojure.main`, with pipes to its input and output; its stderr goes to the output too. `jvm` are
   the options of the JVM, `arguments` those of `clojure.main`, and `env` is a map of environment variables."
  (^Process [] (start-main [] [] {}))
  (^Process [jvm arguments env]
   (let [command (concat [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC"]
                         jvm (quick-start/options) ["clojure.main"] arguments)
         builder (doto (ProcessBuilder. ^List command) (.redirectErrorStream true))]
     (.putAll (.environment builder) env)
     (.start builder))))

(defn kill!
  "Kills the process with a signal that it can't catch, and waits until it has ended. Its output can still be read."
  [^Process process]
  (.destroyForcibly (.toHandle process))                    ; the method of Process would close this end of the pipe
  (.waitFor process))

(defmacro in-other-process
  "Runs the body while another JVM, `process`, has evaluated the form and waits."
  [[process form] & body]
  `(let [~process (start ~form)]
     (try
       (.readLine (BufferedReader. (io/reader (.getInputStream ~process))))
       ~@body
       (finally (kill! ~process)))))

(defn start-serving
  "A JVM that evaluates each form that is sent to it, and answers with the value."
  (^Process [] (start-serving [] own-home))
  (^Process [before home] (start before home '(do (require 'flumelog.child) (flumelog.child/serve)))))

(defn tell!
  "Sends the form to a JVM that serves."
  [^Process process form]
  (let [^String line (binding [*print-length* nil] (prn-str form))]
    (doto (.outputWriter process) (.write line) (.flush))
    nil))

(defn answer
  "The next line of EDN that the JVM wrote; nil if it has ended."
  [^Process process]
  (let [line (deref (future (.readLine (.inputReader process))) 120000 ":no-answer")]
    (when line (edn/read-string line))))

(defn ask
  "The outcome of the form in a JVM that serves: see flumelog.child/outcome."
  [process form]
  (tell! process form)
  (answer process))

(defn with-fresh-children
  "Calls f with each number below `rounds` and a new JVM that serves. That JVM was started during the previous round."
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
  "Why strace does not work here, or nil."
  []
  (try
    (let [{:keys [exit err]} (shell/sh "strace" "-f" "--seccomp-bpf" "-qq" "-o" "/dev/null" "-e" "inject=fsync:error=EIO" "true")]
      (when-not (= 0 exit) (str "strace does not work here: " (str/trim err))))
    (catch java.io.IOException e (str "there is no strace: " (ex-message e)))))
