(ns flumelog.cli-shell-test
  "What a shell, a terminal and a desktop see of the command: completion, the bar of a long job, the browser."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.command :as command]
            [flumelog.fixtures :refer [eventually files-in path-in with-temp-folder]]
            [flumelog.process :refer [kill!]]
            [flumelog.test-support :refer [size skip]])
  (:import (java.io File InputStream)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

(defn- installed? [command]
  (= 0 (:exit (shell/sh "sh" "-c" (str "command -v " command)))))

(defn- ended
  "The exit code."
  [^Process process]
  (is (.waitFor process 120 TimeUnit/SECONDS))
  (.exitValue process))

;; Completion

(deftest bash-completes-verbs-options-values-and-files
  (let [lines [["flumelog" "ca"] ["flumelog" "--vers"] ["flumelog" "cat" "a.log" "--lim"] ["flumelog" "cat" "--codec" "n"] ["flumelog" "convert" "--from-framing" "l"]
               ["flumelog" "cat" "READM"] ["flumelog" "completion" "z"] ["flumelog" "view" "a.log" "l"]]
        script (str "eval \"$(flumelog completion bash)\"\n"
                    (str/join "\n" (for [words lines]
                                     (str "COMP_WORDS=(" (str/join " " words) "); COMP_CWORD=" (dec (count words)) "; _flumelog; echo \"${COMPREPLY[@]}\""))))
        {:keys [out err]} (shell/sh "bash" "-c" script :env (command/environment))]
    (is (= ["cat" "--version" "--limit" "nippy" "legacy" "README.md" "zsh" "lookup"] (str/split-lines out)) err)))

(def ^:private zsh-script
  "Types each of the lines and a tab into a zsh in a pseudo terminal, and prints what it has made of them."
  "zmodload zsh/zpty
   completed=$1; shift
   zpty shell zsh -f -i
   zpty -w shell 'autoload -U compinit; compinit -D; PS1=; eval \"$(flumelog completion zsh)\"
     tell() { zle complete-word; print -r -- \"$BUFFER\" >> '$completed'; BUFFER= }
     zle -N tell; bindkey \"^I\" tell; print READY >> '$completed
   for i in {0..$#}; do
     repeat 6000; do [[ -e $completed && $(wc -l < $completed) -gt $i ]] && break; sleep 0.01; done
     (( i < $# )) && zpty -n -w shell \"${@[i+1]}\"$'\\t'
   done
   cat $completed")

(deftest ^{:ci "waits for a shell"} zsh-completes-verbs-options-values-and-files
  (cond
    (not (installed? "zsh")) (skip "There is no zsh on the PATH.")
    :else
    (with-temp-folder [folder]
      (let [{:keys [out err]} (shell/sh "zsh" "-fc" zsh-script "zsh" (path-in folder "completed")
                                        "flumelog conver" "flumelog --vers" "flumelog cat a.log --lim" "flumelog cat a.log --codec n" "flumelog convert README.md b --fra"
                                        "flumelog cat READM" "flumelog view a.log look" "flumelog completion z" "flumelog copy a.log b.log --from-framing l"
                                        :env (command/environment))]
        (is (= ["READY" "flumelog convert" "flumelog --version" "flumelog cat a.log --limit" "flumelog cat a.log --codec nippy" "flumelog convert README.md b --framing"
                "flumelog cat README.md" "flumelog view a.log lookup" "flumelog completion zsh" "flumelog copy a.log b.log --from-framing legacy"]
               (map str/trim (str/split-lines out)))
            err)))))

;; One jar

(deftest ^{:ci "makes a jar"} one-jar-runs-the-commands
  (with-temp-folder [folder]
    (let [jar (path-in folder "flumelog.jar"), made (shell/sh "bin/uberjar" jar :env (command/environment))]
      (is (= 0 (:exit made)) (:err made))
      (io/copy (io/file "dev/data/earthquakes.log") (io/file folder "a.log"))
      (let [java (str (System/getProperty "java.home") "/bin/java -jar flumelog.jar ")
            {:keys [out err]} (command/shell folder (str/join ";" (map #(str java %) ["--version" "info a.log --json" "cat a.log --codec json --limit 1 --edn" "verify a.log --codec json"
                                                                                     "view a.log query f '[:= :net \"us\"]' --views v.edn; echo $?"
                                                                                     "copy a.log b.log --to-codec nippy --codec json --json; echo $?"])))]
        (is (re-find #"(?s)^flumelog \d+\.\d+.*\n\{\"path\":\"a.log\".*\n\{:id \"uw61345682\".*\n\{:ok true, :frames 1707.*\n2\n\{\"frames\":1707.*\n0\n$" out) (str out err))))))

;; A terminal

(defn- read-until
  "What the stream has up to the first match; all of it where there is none."
  [^InputStream in pattern]
  (loop [text (StringBuilder.)]
    (let [c (.read in)]
      (cond
        (neg? c) (str text)
        (re-find pattern (str (.append text (char c)))) (str text)
        :else (recur text)))))

(deftest ^{:ci "waits for a bar"} a-long-job-shows-a-bar-on-a-terminal-until-it-is-interrupted
  (cond
    @command/ignores-interrupts? (skip "Processes that are started here ignore SIGINT, as those of a shell's background do.")
    (not (installed? "script")) (skip "There is no command script, of util-linux, which makes a pseudo terminal.")
    :else
    (with-temp-folder [folder]
      (let [process (command/start-words ["script" "-qec" (str "flumelog bench " folder " --seconds 600") "/dev/null"] {}), in (.getInputStream process)]
        (try
          (let [bar (read-until in #"measuring +\d+% \[=* *\] +\d+/600 \(\d:\d\d:\d\d / \d:\d\d:\d\d\) \d+\.\d/s")]
            (is (str/includes? bar "/s") bar)
            (doto (.getOutputStream process) (.write 3) (.flush))                         ; Ctrl-C
            (let [rest (slurp in)]
              (is (re-find #"\r {60,}\r" rest) "the bar is wiped")
              (is (re-find #"flumelog: stopped while measuring, \d+ s of 600 s: nothing is left in " rest))
              (is (= 130 (ended process)))
              (is (= #{} (files-in folder)))))
          (finally (kill! process)))))))

;; A desktop

(defn- fake-browser!
  "A command xdg-open in the folder, which keeps the file that it is to open, and ends with the exit code."
  [^File folder exit]
  (doto (io/file folder "xdg-open")
    (spit (str "#!/bin/sh\nls -l \"$1\" | cut -c 1-10 > " folder "/rights\ncp \"$1\" " folder "/part && mv " folder "/part " folder "/opened.html\nexit " exit "\n"))
    (.setExecutable true)))

(deftest serve-opens-its-page-in-the-browser-by-a-file-that-only-its-user-can-read
  (doseq [exit (take (size 1 2) [0 3])]
    (with-temp-folder [folder]
      (fake-browser! folder exit)
      (let [process (command/start-words ["sh" "-c" (str "exec flumelog serve dev/data/earthquakes.log --codec json --open 2> " folder "/err")]
                                         {"PATH" (str folder ":" (get (command/environment) "PATH"))})
            says? #(str/includes? (slurp (io/file folder "err")) "no browser could be started: please open the address in one")]
        (try
          (let [address (.readLine (.inputReader process))]
            (is (eventually #(.exists (io/file folder "opened.html"))))
            (is (str/includes? (slurp (io/file folder "opened.html")) (str "url=" address "\"")))
            (is (= "-rw-------\n" (slurp (io/file folder "rights")))))
          (when (= 3 exit) (is (eventually says?)))
          (is (= (command/interrupt! process) (ended process)))
          (is (= (= 3 exit) (says?)))
          (finally (kill! process)))))))
