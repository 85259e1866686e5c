export function SoftphonePage() {
  return (
    <div class="page">
      <h1>SoftphonePage</h1>
    </div>
  );
}
