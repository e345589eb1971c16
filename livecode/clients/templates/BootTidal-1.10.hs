-- BootTidal.hs for TidalCycles 1.10: @@{mark} tidal --tidal 1.10, version @@{version}.
-- Every pattern goes to SuperDirt and to livecode. livecode is heard @@{delay} s after a time tag, so SuperDirt's tags
-- are that much later: the two sound together. If `livecode serve` was given another --foreign-delay, write this anew.
-- In this version a larger oLatency means less ahead: tags are cProcessAhead - oLatency ahead of their arrival.
:set -fno-warn-orphans -Wno-type-defaults -XMultiParamTypeClasses -XOverloadedStrings
:set prompt ""

import Sound.Tidal.Boot

default (Rational, Integer, Double, Pattern String)

:{
let livecodeTarget = Target { oName = "livecode", oAddress = "127.0.0.1", oPort = @@{port}, oBusPort = Nothing
                            , oLatency = @@{livecode_late}, oWindow = Nothing, oSchedule = Pre BundleStamp, oHandshake = False }
    livecodeShape = OSC "/dirt/play" $ Named {requiredArgs = []}
:}

tidalInst <- mkTidalWith [(superdirtTarget {oLatency = 0.05}, [superdirtShape]), (livecodeTarget, [livecodeShape])] (defaultConfig {cProcessAhead = @@{process_ahead}})

instance Tidally where tidal = tidalInst

:{
-- livecode's own words. In a prompt _ is a space, and a name of the bank stands for its text; say takes plain text.
-- hushAll ends what livecode holds too: Tidal's own hush sends nothing.
let hushAll = hush >> once (pS "livecode" "hush")
    panicAll = hush >> once (pS "livecode" "panic") >> once (sound "superpanic")
    say words = pS "prompt" (pure words)
    slot = pS "slot"
    instrument = pS "voice"  -- which of the band's instruments plays a note
@@{parameters}
:}

:set prompt "tidal> "
:set prompt-cont ""
