-- BootTidal.hs for TidalCycles 1.7 and 1.8: @@{mark} tidal, version @@{version}.
-- Every pattern goes to SuperDirt and to livecode. livecode is heard @@{delay} s after a time tag, so SuperDirt's tags
-- are that much later: the two sound together. If `livecode serve` was given another --foreign-delay, write this anew.
:set -XOverloadedStrings
:set prompt ""

import Sound.Tidal.Context
import System.IO (hSetEncoding, stdout, utf8)

hSetEncoding stdout utf8

:{
let livecodeTarget = Target { oName = "livecode", oAddress = "127.0.0.1", oPort = @@{port}, oBusPort = Nothing
                            , oLatency = 0.2, oWindow = Nothing, oSchedule = Pre BundleStamp, oHandshake = False }
    livecodeShape = OSC "/dirt/play" $ Named {requiredArgs = []}
:}

tidal <- startStream defaultConfig [(superdirtTarget {oLatency = @@{superdirt_ahead}}, [superdirtShape]), (livecodeTarget, [livecodeShape])]

:{
let only = (hush >>)
    p = streamReplace tidal
    once = streamOnce tidal
    asap = once
    hush = streamHush tidal >> once (pS "livecode" "hush")
    panic = streamHush tidal >> once (pS "livecode" "panic") >> once (sound "superpanic")
    list = streamList tidal
    mute = streamMute tidal
    unmute = streamUnmute tidal
    unmuteAll = streamUnmuteAll tidal
    solo = streamSolo tidal
    unsolo = streamUnsolo tidal
    all = streamAll tidal
    first = streamFirst tidal
    nudgeAll = streamNudgeAll tidal
    resetCycles = streamResetCycles tidal
    setcps = asap . cps
    getcps = streamGetcps tidal
    getnow = streamGetnow tidal
    setI = streamSetI tidal
    setF = streamSetF tidal
    setS = streamSetS tidal
    setR = streamSetR tidal
    setB = streamSetB tidal
    xfade i = transition tidal True (Sound.Tidal.Transition.xfadeIn 4) i
    xfadeIn i t = transition tidal True (Sound.Tidal.Transition.xfadeIn t) i
    jumpIn i t = transition tidal True (Sound.Tidal.Transition.jumpIn t) i
    clutch i = transition tidal True (Sound.Tidal.Transition.clutch) i
    d1 = p 1 . (|< orbit 0)
    d2 = p 2 . (|< orbit 1)
    d3 = p 3 . (|< orbit 2)
    d4 = p 4 . (|< orbit 3)
    d5 = p 5 . (|< orbit 4)
    d6 = p 6 . (|< orbit 5)
    d7 = p 7 . (|< orbit 6)
    d8 = p 8 . (|< orbit 7)
    d9 = p 9 . (|< orbit 8)
    d10 = p 10 . (|< orbit 9)
    d11 = p 11 . (|< orbit 10)
    d12 = p 12 . (|< orbit 11)
    d13 = p 13
    d14 = p 14
    d15 = p 15
    d16 = p 16
:}

:{
-- livecode's own words. In a prompt _ is a space, and a name of the bank stands for its text; say takes plain text.
let say words = pS "prompt" (pure words)
    slot = pS "slot"
    instrument = pS "voice"  -- which of the band's instruments plays a note
@@{parameters}
:}

:set prompt "tidal> "
:set prompt-cont ""
