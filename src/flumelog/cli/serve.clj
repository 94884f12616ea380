(ns ^:no-doc flumelog.cli.serve
  "The verb serve: shows a log in the browser."
  (:require [clojure.string :as str]
            [flumelog.cli.opening :as opening]
            [flumelog.cli.output :as output]
            [flumelog.serve :as serve])
  (:import (flumelog.cli Damage)
           (flumelog.coll LogCollection)
           (java.io IOException)
           (java.lang ProcessBuilder$Redirect)
           (java.nio.file Files Path)
           (java.nio.file.attribute FileAttribute)
           (java.util.function Consumer)))

(set! *warn-on-reflection* true)

;; The browser gets the address by a file that only this user can read: other users can see the arguments of a command.

(defn- page-that-leads-to
  "A file in the folder for temporary files that leads a browser to the address."
  ^Path [address]
  (let [file (Files/createTempFile "flumelog" ".html" (make-array FileAttribute 0))]
    (.deleteOnExit (.toFile file))
    (spit (.toFile file) (str "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url=" address "\">"))
    file))

(defn- opener
  "The command of this system that opens a file in the browser."
  []
  (let [system (str/lower-case (System/getProperty "os.name"))]
    (cond
      (str/includes? system "mac")     ["open"]
      (str/includes? system "windows") ["rundll32" "url.dll,FileProtocolHandler"]
      :else                            ["xdg-open"])))

(defn- say-to-open []
  (output/say "no browser could be started: please open the address in one"))

(defn- open! [address]
  (try
    (let [^java.util.List command (conj (opener) (str (page-that-leads-to address)))
          started (.start (doto (ProcessBuilder. command) (.redirectOutput ProcessBuilder$Redirect/DISCARD) (.redirectError ProcessBuilder$Redirect/DISCARD)))]
      (.thenAccept (.onExit started) (reify Consumer (accept [_ ended] (when-not (= 0 (.exitValue ^Process ended)) (say-to-open))))))
    (catch IOException _ (say-to-open))))

(defn- decoded-by
  "The same log, decoded as was asked for, or as its records show."
  [^LogCollection log options]
  (LogCollection. (.log log) (opening/codec log options)))

(defn- print-address! [{:keys [address]}]
  (output/write-line! nil address)
  (output/flush!))

(defn run [{:keys [log open] :as options}]
  (opening/reading options
    (fn [^LogCollection opened]
      (some-> (Damage/of (.log opened)) output/say)         ; else it would be said when the page has ended
      (with-open [page (serve/start (decoded-by opened options) (select-keys options [:port :address]))]
        (print-address! page)
        (output/say "the page shows " log " and only reads it; an interrupt, Ctrl-C, ends it")
        (when open (open! (:address page)))
        @(promise)))))
