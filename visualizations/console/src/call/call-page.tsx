export function CallPage({ callSid }: { callSid: string }) {
  return (
    <div class="page">
      <h1>{callSid}</h1>
    </div>
  );
}
