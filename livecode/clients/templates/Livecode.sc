// Livecode.sc: @@{mark} sc, version @@{version}. Made from livecode's own tables; write it again after an update.
// Put it into Platform.userExtensionDir and recompile the class library.

Livecode {
	classvar <>default;
	classvar <masters;
	var <addr, <>latency = 0.2, <handlers, panicking;

	*initClass {
		masters = [@@{masters}];
		StartUp.add { Event.addEventType(\livecode, { Livecode.playEvent }) };
	}

	*new { |host = "127.0.0.1", port = @@{port}| ^super.new.init(host, port) }

	init { |host, port|
		addr = NetAddr(host, port);
		handlers = IdentityDictionary.new;
		// One OSCdef for each reply: sclang matches whole paths. They outlive CmdPeriod.
		[@@{replies}].do { |word|
			OSCdef(("livecode_" ++ word).asSymbol, { |msg|
				var handler = handlers[word];
				if(handler.notNil) { handler.valueArray(msg.drop(1)) } {
					if(word == \error) { ("livecode: " ++ msg[3] ++ if(msg[4] > 0) { " (and % more)".format(msg[4]) } { "" }).warn }
				}
			}, ("/livecode/reply/" ++ word).asSymbol).permanent_(true);
		};
		// The generator sends more than a little only to who has shown that it wants it.
		handlers[\prove] = { |number| this.now('/livecode/prove', number) };
		panicking = { this.panic };
		CmdPeriod.add(panicking);
		default = this;
	}

	// Real true, false and nil travel only as Chars; a String in a list would fall apart into Chars, which are type tags.
	*enc { |x|
		^case
		{ x === true } { $T }
		{ x === false } { $F }
		{ x.isNil } { $N }
		{ x.isString } { x.asSymbol }
		{ x.isSequenceableCollection } { x.asArray.asOSCArgArray }
		{ x }
	}

	*message { |path, args| ^[path] ++ args.collect { |x| Livecode.enc(x) }.flatten(1) }

	// Send with a time tag `latency` seconds ahead: in step with everything else of the same logical time.
	send { |path ... args| addr.sendBundle(latency, Livecode.message(path, args)) }
	// Send for the next frame.
	now { |path ... args| addr.sendMsg(*Livecode.message(path, args)) }
	// SuperDirt's words: lc.play(\s, \bd, \gain, 0.9)
	play { |...pairs| this.send('/dirt/play', *pairs) }

	// Silence at once, and the queue is emptied; also on CmdPeriod.
	panic { this.now('/livecode/panic') }
	hush { |player = "", fade = 1| this.now('/livecode/hush', player, fade) }
	hello { this.now('/livecode/hello', NetAddr.langPort) }
	status { this.now('/livecode/status') }
	ping { |token = 0| this.now('/livecode/ping', token) }
	// lc.listen(\clock, 10, { |beat, tempo| ... }): what is one of @@{subscriptions}; again within 60 s to go on.
	listen { |what, rate = 10, function|
		handlers[(events: \event, errors: \error)[what] ? what] = function;
		this.now('/livecode/subscribe', what, rate);
	}
	// lc.onReply(\hello, { |version, engine| ... })
	onReply { |word, function| handlers[word] = function }

	close {
		CmdPeriod.remove(panicking);
		[@@{replies}].do { |word| OSCdef(("livecode_" ++ word).asSymbol).free };
		if(default === this) { default = nil };
	}

@@{methods}

	// Controls with one value for everything: lc.temperature = 1.2
@@{setters}

	// What an event of type \livecode sends: hits where it has \hit, a prompt where it has \prompt, controls where it
	// has their names, and a note where it has a pitch or none of these.
	*playEvent {
		var lc = ~livecode ? Livecode.default;
		var tempo = thisThread.clock.tempo;
		var own = currentEnvironment, keys = own.keys; // the event's own: includesKey would find its parents' too
		var glide = ~glide.value ? 0, curve = if(keys.includes(\curve)) { ~curve.value } { \linear };
		var base = (~latency ? lc.latency) + (~lag.value ? 0) + ((~timingOffset.value ? 0) / tempo);
		var pitched = [\degree, \note, \midinote, \freq].any { |key| keys.includes(key) };
		var sets = masters.select { |name| keys.includes(name) };
		var velocity = if(keys.includes(\velocity)) { ~velocity.value } { (~amp.value * 8).clip(0, 1) };
		var pan = ((~pan.value ? 0) * 0.5 + 0.5).clip(0, 1);
		var messages = [];
		if(keys.includes(\prompt)) {
			messages = messages.add(['/livecode/prompt', ~slot.value ? 0, ~prompt.value.asSymbol, ~weight.value ? $N, glide, curve]);
		} {
			if(keys.includes(\weight)) {
				messages = messages.add(['/livecode/weight', ~slot.value ? 0, ~weight.value, glide, curve]);
			};
		};
		sets.do { |name| messages = messages.add(['/livecode/set', name, own[name].value, glide, curve]) };
		if(messages.notEmpty) { lc.addr.sendBundle(base, *messages) };
		if(keys.includes(\hit)) {
			Livecode.strum(lc, base, tempo, ['/livecode/hit', ~hit.value, velocity, pan].flop);
		} {
			if(pitched or: { messages.isEmpty }) {
				Livecode.strum(lc, base, tempo, [
					'/livecode/note', ~freq.value.cpsmidi.round.asInteger, velocity, ~sustain.value / tempo, ~voice.value ? '', pan
				].flop);
			};
		};
	}

	// A bundle for each note of a chord; \strum is in beats, as SuperCollider has it.
	*strum { |lc, base, tempo, messages|
		messages.do { |message, i|
			lc.addr.sendBundle(base + (i * (~strum.value ? 0) / tempo), message.collect { |x| if(x.isString) { x.asSymbol } { x } });
		}
	}
}
