(ns flumelog.specs
  "Specs of the options and of the public functions. No other namespace loads this one: require it to check the
   arguments of calls while you develop, or to generate options. The specs accept unknown options; the log itself
   refuses them, and names the most similar known option.

   * options: `::open-options` `::range-options` `::live-options` `::file-options` `::recover-options`
     `::compact-options` `::convert-options` `::copy-options` `::live-chan-options` `::kafka-options`
   * arguments and results: `::path` `::log` `::offset` `::entry` `::view` `::cursor` `::reference`

     (require '[flumelog.core :as log] 'flumelog.specs
              '[clojure.spec.alpha :as s] '[clojure.spec.test.alpha :as stest])
     (s/valid? :flumelog.specs/open-options {:sync {:every-ms 50}})   ;=> true
     (s/valid? :flumelog.specs/range-options {:limit -1})             ;=> false
     (def checked (stest/instrument (stest/enumerate-namespace 'flumelog.core)))
     (log/fetch \"no log\" 0)   ;=> throws Call to flumelog.core/fetch did not conform to spec...
     (= checked (stest/unstrument checked))   ;=> true"
  (:require [clojure.java.io :as io]
            [clojure.spec.alpha :as s]
            [clojure.spec.gen.alpha :as gen])
  (:import (clojure.lang IDeref)
           (flumelog.codec Codec Codecs)
           (flumelog.coll EntriesView LiveView LogCollection LogCursor LogView)
           (flumelog.file LogFolder)
           (flumelog.log BlockCache Cache)
           (flumelog.protect Passphrase Signer)
           (java.io File)
           (java.nio.file Path)
           (java.security KeyPair PrivateKey PublicKey)
           (java.util Map)
           (java.util.concurrent CompletableFuture)
           (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(defn- instance-of [^Class type]
  #(instance? type %))

(load "specs/options")
(load "specs/functions")
(when (io/resource "flumelog/specs/test_disk.clj")         ; it comes with flumelog.test-disk, in the artifact flumelog-test
  (load "specs/test_disk"))
