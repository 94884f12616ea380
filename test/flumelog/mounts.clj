(ns flumelog.mounts
  "File systems that tests mount, where the machine lets them: mostly for root on Linux.

   * `with-mount`: runs the body while something is mounted at a folder, or skips the test
   * `run`: runs a command, of which it may be that there is none"
  (:require [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [is]]
            [flumelog.fixtures :refer [eventually]]
            [flumelog.test-support :refer [skip]]))

(set! *warn-on-reflection* true)

(defn run
  "The `:exit`, `:out` and `:err` of a command."
  [& words]
  (try (apply shell/sh words) (catch java.io.IOException e {:exit -1 :err (ex-message e)})))

(defn unmount!
  "Whether the point was unmounted. A mapped write buffer keeps it busy until the memory that refers to it is collected."
  [point]
  (eventually #(or (= 0 (:exit (run "umount" (str point))))
                   (System/gc))))

(defmacro with-mount
  "Runs the body while the command has mounted something at the point; skips the test where it can't."
  [[point command] & body]
  `(let [point# ~point
         {exit# :exit, err# :err} (apply run ~command)]
     (if (= 0 exit#)
       (try ~@body (finally (is (unmount! point#))))
       (skip (str "can't be mounted here, which mostly needs root on Linux: " (str/trim (str err#)))))))
