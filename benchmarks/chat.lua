-- wrk asks for a chat completion. STREAM=1 in the environment: as a stream.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer sk-bench"
local messages = '[{"role":"system","content":"You are helpful."},{"role":"user","content":"Tell me about the sea."}]'
local stream = os.getenv("STREAM") == "1" and ',"stream":true' or ""
wrk.body = '{"model":"gpt-4o","messages":' .. messages .. stream .. "}"

-- A wrong answer is no answer: say so, and the script that reads this fails.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("requests=%d microseconds=%d errors=%d bytes=%d\n",
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout, summary.bytes))
end
