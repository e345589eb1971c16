{-# LANGUAGE OverloadedStrings #-}
-- The workloads of tests/benchmarks/patterns.py in Tidal: one JSON line each, CPU time.
module Main (main) where

import Control.DeepSeq (rnf)
import Data.List (foldl')
import Sound.Tidal.Context
import System.CPUTime (getCPUTime)

-- An event with all that a player needs of it: its times and its value.
force :: (a -> ()) -> Int -> Event a -> Int
force deep n e = maybe 0 start (whole e) `seq` maybe 0 stop (whole e) `seq` start (part e) `seq` stop (part e) `seq` deep (value e) `seq` n + 1

ask :: (a -> ()) -> Pattern a -> Int -> Int
ask deep p cycles = foldl' (\n c -> foldl' (force deep) n (queryArc p (Arc (fromIntegral c) (fromIntegral c + 1)))) 0 [0 .. cycles - 1]

measure :: String -> (a -> ()) -> Pattern a -> Int -> IO ()
measure name deep p cycles = do
  let once = do
        begin <- getCPUTime
        let n = ask deep p cycles
        end <- n `seq` getCPUTime
        return (n, fromIntegral (end - begin) / 1e12 :: Double)
  (n, spent) <- once
  putStrLn ("{\"workload\": \"" ++ name ++ "\", \"events_per_second\": " ++ show (round (fromIntegral n / spent) :: Int) ++ ", \"events\": " ++ show n ++ "}")

word :: String -> ()
word = rnf

main :: IO ()
main = do
  measure "seq16" word ("a b c d e f g h i j k l m n o p" :: Pattern String) 1000
  measure "polymeter" word ("{a b [c d]*2, h i {e f g}%4}%8" :: Pattern String) 1000
  measure "euclid8" word (stack ["a(3,8)", "b(5,8)", "c(7,16)", "d(2,5)", "e(4,9)", "f(5,12)", "g(9,16)", "h(3,7)"] :: Pattern String) 1000
  measure "every5" (`seq` ()) (every 6 rev $ every 5 (0.125 ~>) $ every 4 (iter 4) $ every 3 (fast 2) $ every 2 rev ("0 1 2 3 4 5 6 7" :: Pattern Double)) 1000
  measure "degrade_perlin" (`seq` ()) (degradeBy 0.4 ("0*16" :: Pattern Double) |+ perlin) 1000
  measure "stack100" word (stack [(pure (fromIntegral i / 100) ~> fast (pure (fromIntegral (1 + i `mod` 3))) "a b c d") | i <- [0 .. 99 :: Int]] :: Pattern String) 100
  measure "controls" rnf (note "c e g b c6 b g e" # gain "0.5 1" # legato 0.5 # pan "<0 1>") 1000
