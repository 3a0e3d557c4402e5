package dev.lockstep.server.command;

/** Registers every command; one line a group. */
public final class AllCommands {
    private AllCommands() {}

    /** A new table with all commands. */
    public static CommandTable table() {
        CommandTable table = new CommandTable();
        StringCommands.register(table);
        SetCommands.register(table);
        NumberCommands.register(table);
        LcsCommand.register(table);
        BitCommands.register(table);
        BitopCommand.register(table);
        BitfieldCommands.register(table);
        ListCommands.register(table);
        LposCommand.register(table);
        ListPopCommands.register(table);
        ListMoveCommands.register(table);
        SetMemberCommands.register(table);
        SetRandomCommands.register(table);
        SetAlgebraCommands.register(table);
        SortCommands.register(table);
        HashCommands.register(table);
        ZaddCommand.register(table);
        SortedSetCommands.register(table);
        SortedSetRangeCommands.register(table);
        SortedSetPopCommands.register(table);
        SortedSetAlgebraCommands.register(table);
        SortedSetSampleCommands.register(table);
        GeoCommands.register(table);
        GeoSearchCommands.register(table);
        HashNumberCommands.register(table);
        HashWalkCommands.register(table);
        HashRandomCommand.register(table);
        HashExpireCommands.register(table);
        HashExtendedCommands.register(table);
        HyperLogLogCommands.register(table);
        StreamCommands.register(table);
        StreamReadCommands.register(table);
        StreamGroupCommands.register(table);
        StreamClaimCommands.register(table);
        StreamInfoCommands.register(table);
        ConnectionCommands.register(table);
        KeyCommands.register(table);
        ExpireCommands.register(table);
        ScanCommands.register(table);
        DumpCommands.register(table);
        MigrateCommand.register(table);
        ObjectCommands.register(table);
        DatabaseCommands.register(table);
        TransactionCommands.register(table);
        WaitCommands.register(table);
        PubSubCommands.register(table);
        ReplicationCommands.register(table);
        ScriptCommands.register(table);
        FunctionCommands.register(table);
        FailoverCommand.register(table);
        PersistenceCommands.register(table);
        ClientCommands.register(table);
        ConfigCommands.register(table);
        AclCommands.register(table);
        ServerCommands.register(table);
        DebugCommand.register(table);
        CommandCommands.register(table);
        SlowlogCommands.register(table);
        LatencyCommands.register(table);
        MemoryCommands.register(table);
        LolwutCommand.register(table);
        ClusterCommands.register(table);
        ModuleCommands.register(table);
        return table;
    }
}
