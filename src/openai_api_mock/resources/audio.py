"""Audio: speech in every format, and the transcription and translation of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..answer import JSON
from ..call import Call
from ..models import Model
from ..wire import Reply, Stream
from .base import Resource, operation

if TYPE_CHECKING:
    from .audio_transcripts import HeardText

_PLAIN_TEXT = "text/plain; charset=utf-8"


class Audio(Resource):
    """`/audio`. What it is made of is imported with the first call: few programs speak, and all would wait for it."""

    @operation("POST /audio/speech")
    def create_speech(self, call: Call) -> Reply:
        from . import audio_speech

        model = self.model_of(call)
        spoken = audio_speech.speak(call.body, call.answer, self.tokenizers.of(model.name))
        call.entry.answer = spoken.answer
        if spoken.events is not None:
            return self.events(spoken.events, call.noise)
        return Reply(200, self._write(spoken.content_type, call.noise, True), Stream(spoken.parts))

    @operation("POST /audio/transcriptions")
    def create_transcription(self, call: Call) -> Reply:
        from . import audio_stream, audio_transcripts

        heard = self._listen(call, self.model_of(call))
        rendered = audio_transcripts.render(heard, call.chance())
        # The oldest model can't stream, and passes over the wish.
        if call.body.get("stream") and isinstance(rendered, dict) and not heard.heading.model.startswith("whisper"):
            return self.events(audio_stream.events(rendered, heard), call.noise)
        return self._rendered(rendered, call)

    @operation("POST /audio/translations")
    def create_translation(self, call: Call) -> Reply:
        from . import audio_transcripts

        model = self.model_of(call)
        if self.exacting:
            audio_transcripts.check_translates(call.body)
        return self._rendered(audio_transcripts.translate(self._listen(call, model)), call)

    def _listen(self, call: Call, model: Model) -> HeardText:
        from . import audio_transcripts

        tokenizer = self.tokenizers.of(model.name)
        return audio_transcripts.listen(call, str(self.options.seed), self.exacting, tokenizer)

    def _rendered(self, rendered: str | dict[str, JSON], call: Call) -> Reply:
        if isinstance(rendered, str):
            return Reply(200, self._write(_PLAIN_TEXT, call.noise, True), rendered.encode())
        return self.json(rendered, call.noise, of_model=True)
