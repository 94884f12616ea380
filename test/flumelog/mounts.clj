(ns flumelog.mounts
  "Mounts file systems for tests, if the machine allows it: mostly for root on Linux.

   * `with-mount`: runs the body while something is mounted at a folder, or skips the test
   * `run`: runs a command that may be missing"
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
  "Unmounts the point; returns whether that succeeded. A mapped write buffer keeps it busy until the garbage collector
   frees it."
  [point]
  (eventually #(or (= 0 (:exit (run "umount" (str point))))
                   (System/gc))))

(defmacro with-mount
  "Runs the body while the command has mounted a file system at the point. Skips the test if the command fails."
  [[point command] & body]
  `(let [point# ~point
         {exit# :exit, err# :err} (apply run ~command)]
     (if (= 0 exit#)
       (try ~@body (finally (is (unmount! point#))))
       (skip (str "can't be mounted here, which mostly needs root on Linux: " (str/trim (str err#)))))))
