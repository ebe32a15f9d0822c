-- What a run acts on, so that a page can list the runs of its own target.
ALTER TABLE "action_run" ADD COLUMN "target" TEXT NOT NULL DEFAULT '';
ALTER TABLE "action_run" ALTER COLUMN "target" DROP DEFAULT;

-- CreateIndex
CREATE INDEX "action_run_source_id_target_created_at_idx" ON "action_run"("source_id", "target", "created_at");
