using System.Text.Json;

namespace Podium.Platform.Partitions;

/// <summary>A partition on its way to storage, or there.</summary>
public sealed record PartitionArchive
{
    /// <summary>The container that holds all archives.</summary>
    public const string Container = "archives";

    internal const string Columns =
        "id, table_name, partition_name, from_at, until_at, blob, rows, bytes, sha256, manifest, archived_at, verified_at, dropped_at, restored_as, expired_at";

    public required Guid Id { get; init; }

    public required string TableName { get; init; }

    public required string PartitionName { get; init; }

    public required DateTimeOffset FromAt { get; init; }

    public required DateTimeOffset UntilAt { get; init; }

    /// <summary>The blob within the container.</summary>
    public required string Blob { get; init; }

    public long? Rows { get; init; }

    public long? Bytes { get; init; }

    public string? Sha256 { get; init; }

    public JsonElement? Manifest { get; init; }

    public DateTimeOffset? ArchivedAt { get; init; }

    public DateTimeOffset? VerifiedAt { get; init; }

    public DateTimeOffset? DroppedAt { get; init; }

    public string? RestoredAs { get; init; }

    public DateTimeOffset? ExpiredAt { get; init; }

    /// <summary>The blob that says what is in the archive.</summary>
    public string ManifestBlob => Blob[..(Blob.LastIndexOf('/') + 1)] + "manifest.json";

    /// <summary>The table's columns as they were, so that the archive can be read by what comes after us.</summary>
    public sealed record ColumnShape(string Name, string Type, bool Required);

    /// <summary>What lies beside the data.</summary>
    public sealed record Contents
    {
        public required string Table { get; init; }

        public required string Partition { get; init; }

        public required string Shard { get; init; }

        public required DateTimeOffset From { get; init; }

        public required DateTimeOffset Until { get; init; }

        public required int SchemaVersion { get; init; }

        public required IReadOnlyList<ColumnShape> Columns { get; init; }

        /// <summary>The primary key; the rows are in its order.</summary>
        public required IReadOnlyList<string> Key { get; init; }

        public required long Rows { get; init; }

        /// <summary>Of the CSV: UTF-8, one header line, times in UTC, NULL as nothing and empty text as two quotes.</summary>
        public required long CsvBytes { get; init; }

        public required string CsvSha256 { get; init; }

        /// <summary>Of the gzip file.</summary>
        public required long Bytes { get; init; }

        public required string Sha256 { get; init; }

        public required DateTimeOffset WrittenAt { get; init; }

        internal string ColumnList => string.Join(", ", Columns.Select(column => TableOwner.Quote(column.Name)));

        internal string KeyList => string.Join(", ", Key.Select(TableOwner.Quote));

        /// <summary>The statement that writes a table's rows in the archive's form.</summary>
        internal string CopyFrom(string table) =>
            $"COPY (SELECT {ColumnList} FROM public.{TableOwner.Quote(table)} ORDER BY {KeyList}) TO STDOUT (FORMAT csv, HEADER)";
    }
}
